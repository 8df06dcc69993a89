import type { Occasion, PeopleParts } from './people-parts.ts'

/** Types what somebody wrote into the session of the topic. */
export async function typeText(
  { ctx }: PeopleParts,
  { heard, record, caller, reply }: Occasion<'text'>,
): Promise<void> {
  if (!record) {
    return reply('Write in the topic of a session. /sessions lists them, /new starts one.')
  }
  if (heard.isForwarded) {
    return reply('Forwarded messages are not typed. If you mean it, copy the text and send it.')
  }
  // `//x` types `/x`: a single slash begins a command for the bot.
  const text = heard.text.replace(/^\/\//, '/')
  await ctx.operations.call('session.input', { session_id: record.session, text, submit: true }, caller)
}
