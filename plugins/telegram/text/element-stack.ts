import type { Tag, TagName } from './runs.ts'

/** Deeper elements change nothing: no text needs them, and each costs time for every piece of text in it. */
const MAX_DEPTH = 32

/** The elements around the text that is being read, as Telegram takes them. */
export class ElementStack {
  #open: Tag[] = []
  #tags: readonly Tag[] = []

  /** What is around text here: a list of its own, which does not change. */
  get tags(): readonly Tag[] {
    return this.#tags
  }

  get innermost(): Tag | undefined {
    return this.#open.at(-1)
  }

  push(tag: Tag): void {
    if (this.#open.length < MAX_DEPTH) this.#set([...this.#open, tag])
  }

  pop(): void {
    this.#set(this.#open.slice(0, -1))
  }

  isOpen(name: TagName): boolean {
    return this.#open.some(tag => tag.name === name)
  }

  /** What was opened inside the element goes on after it. */
  close(name: TagName): void {
    const at = this.#open.findLastIndex(tag => tag.name === name)
    this.#set(this.#open.filter((_, index) => index !== at))
  }

  #set(open: Tag[]): void {
    this.#open = open
    this.#tags = tagsAllowed(open)
  }
}

/**
 * What Telegram shows of nested elements: each kind once, nothing in or around monospace text but a quote, and no
 * monospace text in a link.
 */
function tagsAllowed(open: readonly Tag[]): readonly Tag[] {
  const once = open.filter((tag, at) => open.findIndex(({ name }) => name === tag.name) === at)
  const mono = once.findIndex(isMonospace)
  const monospace = once[mono]
  if (!monospace) return once
  const link = once.findIndex(({ name }) => name === 'a')
  if (link >= 0 && link < mono) return once.filter(tag => !isMonospace(tag))
  return [...once.filter(({ name }) => name === 'blockquote'), monospace]
}

function isMonospace({ name }: Tag): boolean {
  return name === 'pre' || name === 'code'
}
