import { expect, test } from 'vitest'
import { formatText } from '../support/telegram/formatted-text.ts'

test.each([
  ['<b>a</b><strong>b</strong>', 'ab', ['bold 0 1', 'bold 1 1']],
  ['<i>a</i> <em>b</em>', 'a b', ['italic 0 1', 'italic 2 1']],
  ['<u>a</u><ins>b</ins>', 'ab', ['underline 0 1', 'underline 1 1']],
  [
    '<s>a</s><strike>b</strike><del>c</del>',
    'abc',
    ['strikethrough 0 1', 'strikethrough 1 1', 'strikethrough 2 1'],
  ],
  ['<span class="tg-spoiler">a</span><tg-spoiler>b</tg-spoiler>', 'ab', ['spoiler 0 1', 'spoiler 1 1']],
  ['<pre>a</pre>', 'a', ['pre 0 1']],
  ['<pre><code class="language-ts">a</code></pre>', 'a', ['pre ts 0 1']],
  ['<code class="language-ts">a</code>', 'a', ['code 0 1']],
  ['<a href="https://example.com/?a=1&amp;b=2">a</a>', 'a', ['text_link https://example.com/?a=1&b=2 0 1']],
  ['<a href="nowhere">a</a>', 'a', []],
  [
    '<blockquote>a</blockquote><blockquote expandable>b</blockquote>',
    'ab',
    ['blockquote 0 1', 'expandable_blockquote 1 1'],
  ],
  ['<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>', '👍', ['custom_emoji 5368324170671202286 0 2']],
  ['<B CLASS=x>a</b >', 'a', ['bold 0 1']],
  ['<b><i>a</i>b</b>', 'ab', ['bold 0 2', 'italic 0 1']],
  ['<b>a<code>b</code>c</b>', 'abc', ['bold 0 1', 'code 1 1', 'bold 2 1']],
  ['<pre>a<b>b</b></pre>', 'ab', ['pre 0 2']],
  ['<b></b>a', 'a', []],
  ['&lt;&gt;&amp;&quot;&#65;&#x42;&nbsp;&apos;&;&#0;', '<>&"AB&nbsp;&apos;&;&#0;', []],
  ['&lt &#128077;', '< 👍', []],
  ['a > b & c', 'a > b & c', []],
  ['<b>👍a</b> x', '👍a x', ['bold 0 3']],
  ['<code>/start</code> /new@work_bot', '/start /new@work_bot', ['code 0 6', 'bot_command 7 13']],
  ['@adam https://example.com/a.', '@adam https://example.com/a.', ['mention 0 5', 'url 6 21']],
])('%s', (html, text, entities) => {
  const formatted = formatText({ text: html, parseMode: 'HTML' })
  expect(formatted.text).toBe(text)
  expect(formatted.entities.map(described)).toEqual(entities)
})

test.each([
  ['<x>a</x>', 'Unsupported start tag "x" at byte offset 0'],
  ['é<br/>', 'Unsupported start tag "br/" at byte offset 2'],
  ['a<', 'Unclosed start tag at byte offset 1'],
  ['<b', 'Unclosed start tag at byte offset 0'],
  ['<a href="x>', 'Unclosed start tag at byte offset 0'],
  ['<b>a', 'Can\'t find end tag corresponding to start tag "b"'],
  ['a</b>', 'Unexpected end tag at byte offset 1'],
  ['<b>a</i>', 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'],
  ['<b><i>a</b></i>', 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'],
  ['<b>a</b', 'Unclosed end tag at byte offset 4'],
  ['<span>a</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
  ['<a =x>a</a>', 'Empty attribute name in the tag "a" at byte offset 0'],
  ['<a href=a/b>a</a>', 'Unexpected end of name token at byte offset 8'],
  ['<tg-emoji emoji-id="x">a</tg-emoji>', 'Invalid custom emoji identifier specified'],
  ['1 < 2', 'Unsupported start tag "" at byte offset 2'],
  [
    '&#xd800;',
    'Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units',
  ],
])('%s is refused', (html, why) => {
  expect(() => formatText({ text: html, parseMode: 'HTML' })).toThrow(
    `Bad Request: can't parse entities: ${why}`,
  )
})

test('of ten thousand tags a hundred count', () => {
  const many = '<b>a</b>'.repeat(10_000)
  expect(formatText({ text: many, parseMode: 'HTML' }).entities).toHaveLength(100)
})

test('text that is no Unicode is refused', () => {
  expect(() => formatText({ text: 'a\ud83d' })).toThrow('Bad Request: strings must be encoded in UTF-8')
})

function described(entity: ReturnType<typeof formatText>['entities'][number]): string {
  const { type, offset, length, ...rest } = entity
  return [type, ...Object.values(rest), offset, length].join(' ')
}
