/** Text made of what breaks things, the same for the same seed. */
export function nastyText(seed: number, pieces: number, kinds: readonly string[] = NASTY): string {
  const next = randomOf(seed)
  let text = ''
  for (let count = 0; count < pieces; count++) {
    const piece = kinds[Math.floor(next() * kinds.length)] ?? ''
    text += next() < 0.1 ? piece.repeat(1 + Math.floor(next() * 40)) : piece
  }
  return text
}

/** Numbers from 0 to 1 (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const FAMILY = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}'
export const FLAG = '\u{1f1e9}\u{1f1ea}'
export const ENGLAND = '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'

const WORDS = ['word', ' ', '\n', '\n\n', '. ', 'a', '0', 'שלום', 'مرحبا', '日本語', 'e\u0301', 'ﷺ']
const EMOJI = [FAMILY, FLAG, ENGLAND, '👍🏽', '❤️', '\u200d', '\ufe0f', '\u{1f3ff}', '\u0301'.repeat(9)]
const BYTES = [
  '\0',
  '\x1b[31m',
  '\x1b]0;t\x07',
  '\x1b',
  '\r',
  '\r\n',
  '\t',
  '\x7f',
  '\x9b',
  '\ud83d',
  '\ude00',
  '\ufeff',
  '\u202e',
  '\u2066',
  '\u2028',
]
const HTML = [
  '<b>',
  '</b>',
  '<i>',
  '</i>',
  '<u',
  '>',
  '<',
  '&',
  '&amp;',
  '&lt',
  '&#0;',
  '&#x202e;',
  '&#55357;',
  '<pre>',
  '</pre>',
  '<code>',
  '</code>',
  '<code class="language-ts">',
  '<a href="https://x.y/?a=1&b=2">',
  "<a href='javascript:x'>",
  '</a>',
  '<blockquote>',
  '<blockquote expandable>',
  '</blockquote>',
  '<span class="tg-spoiler">',
  '</span>',
  '<tg-spoiler>',
  '<tg-emoji emoji-id="1">',
  '<br>',
  '<!--',
  '-->',
  '<script>',
  '"',
  "'",
  '</',
]
const MARKDOWN = [
  '*',
  '**',
  '_',
  '__',
  '~~',
  '`',
  '``',
  '```',
  '\n```ts\n',
  '\n```\n',
  '~~~',
  '\n# ',
  '\n- ',
  '\n  - ',
  '\n1. ',
  '\n> ',
  '> > ',
  '- [ ] ',
  '[',
  ']',
  '](',
  '](https://x.y)',
  '](javascript:x)',
  '![',
  ')',
  '|',
  '\n|-|-|\n',
  '\n---\n',
  '\n    ',
  '\\',
  '<https://x.y>',
  'https://x.y/a_b_c',
  '[a]: b\n',
  '  \n',
  '===',
]

export const NASTY = [...WORDS, ...WORDS, ...EMOJI, ...BYTES, ...HTML, ...MARKDOWN]
/** What may follow each other without becoming another character. */
export const WHOLE_CHARACTERS = [...WORDS, ...EMOJI.slice(0, 5)]
