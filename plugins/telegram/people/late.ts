import { atMostUnits, cleanForChat, escapeHtml, type Mask } from '../text/index.ts'
import { personBinding } from './controls.ts'
import { type Gathered, Gathering } from './gathering.ts'
import type { Heard } from './heard.ts'
import { openOccasion } from './open-occasion.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'
import { perform } from './perform.ts'
import type { UpdatesStore } from './updates-store.ts'

/** What was said while this computer was away: it is asked about, and not done by itself. */
export interface Late {
  isLate(heard: Heard): boolean
  /** Lists it, with a question whether to do it. */
  ask(heard: Heard): void
  /** Says that a button was pressed in vain. */
  missed(press: Heard & { type: 'press' }): void
  close(): Promise<void>
}

/** Of one person and topic so much is kept until it is answered: more than anybody writes to a computer that is away. */
const MAX_KEPT = 100
/** Of what is listed so much is shown. */
const SHOWN_LINES = 12
const SHOWN_UNITS = 80
/** Whoever wrote in the evening answers in the morning. */
const OPEN_MS = 86_400_000

export function createLate(parts: PeopleParts, updates: Pick<UpdatesStore, 'done'>): Late {
  const { clock } = parts.ctx
  const questions = new WeakMap<Gathered<Heard>, string>()
  const texts = new Gathering<Heard>({
    ...{ clock, maxItems: MAX_KEPT },
    async tell(gathered) {
      const question = questions.get(gathered) ?? openQuestion(parts, gathered, () => texts.end(gathered))
      questions.set(gathered, question)
      await list(parts, { question, gathered }, updates)
    },
  })
  const presses = new Gathering<Heard & { type: 'press' }>({
    ...{ clock, maxItems: SHOWN_LINES },
    tell: gathered => regret(parts, gathered),
  })
  return {
    isLate(heard) {
      const hasEffect = heard.type === 'command' || (!heard.isPrivate && isTyped(heard))
      return hasEffect && clock.now() - heard.at > parts.options.maxUpdateAgeMs
    },
    ask(heard) {
      if (!texts.add(placeOf(heard), heard)) updates.done(heard.update)
    },
    missed: press => void presses.add(placeOf(press), press),
    async close() {
      await Promise.all([texts.close(), presses.close()])
    },
  }
}

/** A press has no time: whether it is late is known when it is answered. A topic is as it is now. */
function isTyped({ type }: Heard): boolean {
  return type === 'text' || type === 'file'
}

interface Asked {
  /** The name of the choice. */
  readonly question: string
  readonly gathered: Gathered<Heard>
}

function openQuestion(parts: PeopleParts, gathered: Gathered<Heard>, end: () => void): string {
  const person = gathered.items[0]?.person.id ?? 0
  return parts.choices.open(
    {
      ...{ person, options: ['do', 'leave'] },
      async pick(option, occasion) {
        end()
        const head = option === 'do' ? '▶️ Being done now, as you said' : '🗑 Not done, as you said'
        occasion.revise(`${head}:\n${lines(parts, gathered.items)}`)
        if (option === 'do') await doAll(parts, occasion, gathered.items)
      },
    },
    OPEN_MS,
  )
}

function placeOf({ chat, topic, person }: Heard): string {
  return `${chat} ${topic} ${person.id}`
}

async function list(
  parts: PeopleParts,
  { question, gathered }: Asked,
  updates: Pick<UpdatesStore, 'done'>,
): Promise<void> {
  const items = [...gathered.items]
  const [first] = items
  if (!first) return
  const binding = personBinding(first.person.id, null)
  const yes = items.length === 1 ? '▶️ Do it now' : `▶️ Do all ${items.length}, in this order`
  const rows = [yes, '🗑 Leave it'].map((text, at) => [
    parts.buttons.make(text, `late:${question}:${at}`, binding),
  ])
  const isTold = await tell(parts, first, gathered, listText(parts, gathered), { inline_keyboard: rows })
  // Otherwise the next daemon says that it was not done.
  if (isTold) for (const { update } of items) updates.done(update)
}

function listText(parts: PeopleParts, { items, more }: Gathered<Heard>): string {
  const rest = more > 0 ? `\nThe ${more} messages after these are more than is kept: write them again.` : ''
  const what = items.length + more === 1 ? 'It was not done' : 'Nothing of it was done'
  return `🌙 <b>${escapeHtml(parts.ctx.computer)}</b> was away when you wrote this. ${what}:\n${lines(parts, items)}${rest}`
}

function lines({ mask }: PeopleParts, items: readonly Heard[]): string {
  const shown = items.slice(0, SHOWN_LINES).map(heard => `• <code>${escapeHtml(summary(heard, mask))}</code>`)
  return [
    ...shown,
    ...(items.length > shown.length ? [`… and ${items.length - shown.length} more`] : []),
  ].join('\n')
}

/** What was said may have been deleted since. */
function summary(heard: Heard, mask: Mask): string {
  return atMostUnits(
    mask(cleanForChat(saidIn(heard)))
      .replace(/\s+/g, ' ')
      .trim(),
    SHOWN_UNITS,
  )
}

function saidIn(heard: Heard): string {
  if (heard.type === 'text') return heard.text
  if (heard.type === 'command') return `/${heard.name} ${heard.args}`
  return heard.type === 'file' ? `📎 ${heard.file.name ?? 'a file'} ${heard.caption}` : heard.type
}

async function doAll(parts: PeopleParts, { telling }: Occasion, asked: readonly Heard[]): Promise<void> {
  for (const heard of asked) {
    const occasion = openOccasion(parts, heard)
    await perform(parts, occasion)
    telling(occasion.answered())
  }
}

async function regret(parts: PeopleParts, gathered: Gathered<Heard & { type: 'press' }>): Promise<void> {
  const [first] = gathered.items
  if (!first) return
  const labels = new Set(gathered.items.map(({ label }) => cleanForChat(label ?? 'a button')))
  const pressed = [...labels].map(label => `<b>${escapeHtml(label)}</b>`).join(', ')
  const html = `🌙 You pressed ${pressed} while ${escapeHtml(parts.ctx.computer)} was away: nothing was done. Press again if you still want it.`
  await tell(parts, first, gathered, html)
}

/** Settles with whether they were told. */
async function tell(
  parts: PeopleParts,
  heard: Heard,
  gathered: Gathered<unknown>,
  html: string,
  keyboard?: Parameters<Occasion['reply']>[1],
): Promise<boolean> {
  const { place } = openOccasion(parts, heard)
  const options = { priority: 'reply', keyboard, signal: parts.ctx.signal } as const
  try {
    if (gathered.message !== null) await parts.post.edit(place, gathered.message, html, options)
    else gathered.message = await parts.post.send(place, html, { ...options, replyTo: heard.message })
    return true
  } catch (err) {
    parts.ctx.log.warn({ err }, 'what came late could not be listed')
    return false
  }
}
