import { describe, expect, it } from 'vitest'
import {
  escapeHtml,
  htmlToSafeHtml,
  plainOf,
  renderPre,
  telegramLength,
} from '../../../../plugins/telegram/text/index.ts'
import { parseHtml } from '../../../support/telegram/html.ts'
import { nastyText } from './nasty-text.ts'

const seeds = Array.from({ length: 300 }, (_, seed) => seed)

describe('escaped text', () => {
  it('is shown as it was, whatever is in it', () => {
    const text = '<b>&amp;"\'</b> a < b && c > d'
    expect(parseHtml(escapeHtml(text))).toEqual({ text, entities: [] })
    expect(plainOf(escapeHtml(text))).toBe(text)
  })

  it('in a block keeps its lines, and names its language', () => {
    expect(parseHtml(renderPre('a\n  <b>', 'TypeScript'))).toEqual({
      text: 'a\n  <b>',
      entities: [{ type: 'pre', offset: 0, length: 7, language: 'typescript' }],
    })
  })

  it('has a language only of letters that one may have', () => {
    expect(renderPre('a', '"><b>')).toBe('<pre>a</pre>')
    expect(renderPre('a', 'c++ {1,2}')).toBe('<pre><code class="language-c++">a</code></pre>')
  })
})

describe('HTML of an agent', () => {
  it.each([
    ['<b>a</b> <STRONG>b</STRONG>', '<b>a</b> <b>b</b>'],
    ['<b>a<i>b</b>c</i>', '<b>a<i>b</i></b><i>c</i>'],
    ['<b>a', '<b>a</b>'],
    ['a</b>', 'a&lt;/b&gt;'],
    ['<div onclick="x">a</div>', '&lt;div onclick=&quot;x&quot;&gt;a&lt;/div&gt;'],
    ['a<br>b<br/>c', 'a\nb\nc'],
    ['<b><b>a</b>b</b>', '<b>ab</b>'],
    ['<span class="tg-spoiler">a</span>', '<tg-spoiler>a</tg-spoiler>'],
    ['<span style="x">a</span>', '&lt;span style=&quot;x&quot;&gt;a&lt;/span&gt;'],
    ['<blockquote expandable>a</blockquote>', '<blockquote expandable>a</blockquote>'],
    ['<blockquote>a<blockquote>b</blockquote>c</blockquote>', '<blockquote>abc</blockquote>'],
    ['<b></b>', ''],
    ['1 < 2 &amp;&amp; 3 &gt; 2 &bogus;', '1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;bogus;'],
  ])('keeps the tags of Telegram, balanced, and shows the others as text: %s', (html, safe) => {
    expect(htmlToSafeHtml(html)).toBe(safe)
  })

  it.each([
    ['<b>a<code>b</code>c</b>', '<b>a</b><code>b</code><b>c</b>'],
    ['<pre>a<b>b</b></pre>', '<pre>ab</pre>'],
    [
      '<pre><code class="language-py">a<b>b</b></code>c</pre>',
      '<pre><code class="language-py">abc</code></pre>',
    ],
    ['<pre><code>a</code></pre>', '<pre>a</pre>'],
    ['<a href="https://x.y/"><code>a</code></a>', '<a href="https://x.y/">a</a>'],
    ['<blockquote><b>q</b><pre>a</pre></blockquote>', '<blockquote><b>q</b><pre>a</pre></blockquote>'],
  ])('has nothing in or around monospace text that Telegram would drop: %s', (html, safe) => {
    expect(htmlToSafeHtml(html)).toBe(safe)
  })

  it.each([
    ['https://x.y/?a=1&amp;b=2', true],
    ['http://x.y', true],
    ['tg://resolve?domain=x', false],
    ['tg://user?id=1', false],
    ['TG:user?id=1', false],
    ['javascript:alert(1)', false],
    ['file:///etc/passwd', false],
    ['http://localhost:3000', false],
    ['https://x.y/\u202ea', false],
    ['https://x y', false],
    [`https://x.y/${'a'.repeat(3000)}`, false],
  ])('links only where a chat can go, and mentions nobody: %s', (href, isLink) => {
    const safe = htmlToSafeHtml(`<a href="${href}">there</a>`)
    expect(safe.startsWith('<a ')).toBe(isLink)
    expect(plainOf(safe)).toContain('there')
    expect(plainOf(safe).includes(href.slice(0, 8))).toBe(!isLink)
  })

  it('loses what turns the direction of text, also as a reference', () => {
    expect(htmlToSafeHtml('a&#x202e;b&#8238;c\u202ed')).toBe('abcd')
  })

  it('is read by Telegram whatever it was, with its text as it is told', () => {
    for (const seed of seeds) {
      const safe = htmlToSafeHtml(nastyText(seed, 200))
      const { text } = parseHtml(safe)
      expect(text).toBe(plainOf(safe))
      expect(telegramLength(safe)).toBe(text.length)
      expect(htmlToSafeHtml(safe)).toBe(safe)
    }
  })
})

const MEGABYTE = 2 ** 20
it.each(
  [
    '<',
    '&',
    '<b>',
    '</b>',
    '<b><i>',
    '<a ',
    '<a href="',
    '<b x',
    '&#x41',
    '<pre><code class="language-a">',
  ].map(piece => [piece]),
)('a megabyte of %s is read', piece => {
  const safe = htmlToSafeHtml(piece.repeat(MEGABYTE / piece.length))
  expect(safe.length).toBeGreaterThanOrEqual(0)
})
