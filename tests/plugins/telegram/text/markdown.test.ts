import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { markdownToHtml, plainOf, splitHtml } from '../../../../plugins/telegram/text/index.ts'
import { parseHtml } from '../../../support/telegram/html.ts'
import { nastyText } from './nasty-text.ts'

const seeds = Array.from({ length: 200 }, (_, seed) => seed)
const lines = (...parts: readonly string[]) => parts.join('\n')

it.each([
  ['# Done **well**', '<b>Done well</b>'],
  ['a *b* **c** ~~d~~ `e<f>`', 'a <i>b</i> <b>c</b> <s>d</s> <code>e&lt;f&gt;</code>'],
  ['one\ntwo  \nthree\n\nfour', 'one\ntwo\nthree\n\nfour'],
  ['- a\n- b\n  - c', '• a\n• b\n   ◦ c'],
  ['3. a\n4. b', '3. a\n4. b'],
  ['- [ ] a\n- [x] b', '☐ a\n☑ b'],
  ['> a\n> > b', '<blockquote>a\n\nb</blockquote>'],
  ['a\n\n---\n\nb', 'a\n\n———\n\nb'],
  [
    '```ts\nconst a = "<b>"\n```',
    '<pre><code class="language-ts">const a = &quot;&lt;b&gt;&quot;</code></pre>',
  ],
  ['- a\n  ```\n  x\n    y\n  ```', '• a\n<pre>x\n  y</pre>'],
  ['[a](https://x.y/?a=1&b=2)', '<a href="https://x.y/?a=1&amp;b=2">a</a>'],
  ['<https://x.y>', '<a href="https://x.y">https://x.y</a>'],
  ['![a](https://x.y/z.png)', '<a href="https://x.y/z.png">🖼 a</a>'],
  ['a&amp;b &lt; c', 'a&amp;b &lt; c'],
  ['\\*a\\*', '*a*'],
  ['snake_case_name and 2*3*4', 'snake_case_name and 2<i>3</i>4'],
])('Markdown is shown as a chat can show it: %j', async (markdown, html) => {
  expect(await markdownToHtml(markdown)).toBe(html)
})

it('a table is monospace text, its columns aligned', async () => {
  const markdown = lines(
    '| a | n |',
    '|---|--:|',
    '| `x|` | 1 |',
    '| **yy** | 22 |',
    '| 日本 | [d](https://x.y) |',
  )
  const { text, entities } = parseHtml(await markdownToHtml(markdown.replace('x|', 'x')))
  expect(text).toBe(
    lines(
      'a    │               n',
      '─────┼────────────────'.replace('┼─', '┼─'),
      'x    │               1',
      'yy   │              22',
      '日本 │ d (https://x.y)',
    ),
  )
  expect(entities.map(({ type }) => type)).toEqual(['pre'])
})

describe('what a chat cannot show', () => {
  it('HTML is text, but for line breaks', async () => {
    const markdown = 'a <b>b</b> <script>x</script><br>Array<string>'
    expect(parseHtml(await markdownToHtml(markdown)).text).toBe(markdown.replace('<br>', '\n'))
    expect(plainOf(await markdownToHtml('<details>\n\na\n\n</details>'))).toBe('<details>\n\na\n\n</details>')
  })

  it('the place that a link cannot lead to is told', async () => {
    expect(await markdownToHtml('[a](src/a.ts:12)')).toBe('a (src/a.ts:12)')
    expect(await markdownToHtml('[a](javascript:alert)')).toBe('a (javascript:alert)')
    expect(await markdownToHtml('[app](http://localhost:3000/)')).toBe('app (http://localhost:3000/)')
  })

  it('a definition of a link is told too', async () => {
    expect(plainOf(await markdownToHtml('see [a]\n\n[a]: https://x.y'))).toBe('see a\n\n[a]: https://x.y')
  })

  it('bidi tricks are gone, also as references', async () => {
    expect(await markdownToHtml('a\u202eb &#x202e;c &#8238;d')).toBe('ab c d')
  })
})

describe('any text', () => {
  it('becomes HTML that Telegram reads', async () => {
    for (const seed of seeds) {
      const html = await markdownToHtml(nastyText(seed, 250))
      expect(parseHtml(html).text).toBe(plainOf(html))
      for (const part of splitHtml(html)) expect(parseHtml(part).text.length).toBeLessThanOrEqual(4096)
    }
  })

  it('keeps its words', async () => {
    for (const seed of seeds) {
      const markdown = nastyText(seed, 150).replaceAll(/word|[\ud800-\udfff]/g, '')
      const numbered = markdown.split('\n').flatMap((line, index) => [line, `w${index}w`])
      const text = plainOf(await markdownToHtml(numbered.join('\n')))
      for (let index = 0; index < numbered.length / 2; index++) expect(text).toContain(`w${index}w`)
    }
  })

  it.each([
    ['too long', 'a **b** '.repeat(10_000)],
    ['quotes in quotes', '>'.repeat(20_000)],
    ['quotes in quotes, with blanks', `${'> '.repeat(2000)}a`],
    ['lists in lists', `${'- '.repeat(2000)}a`],
    ['numbered lists in lists', `${'1. '.repeat(2000)}a`],
  ])('that is not worth reading is plain: %s', async (_, markdown) => {
    const html = await markdownToHtml(markdown)
    expect(parseHtml(html)).toEqual({ text: markdown, entities: [] })
  })

  const kinds = [
    '*',
    '_',
    '[',
    '![',
    '`',
    '~',
    '!',
    '<',
    '|',
    '# ',
    '&a;',
    '[a](',
    'http://a.b)',
    '**a *b',
    '> a\nb\n',
    '- a\n',
    '+ \n',
    '- a\n***\n',
    '- - - - a\n',
    '``` \n',
    ' '.repeat(9),
  ]
  it.each(kinds.map(piece => [piece]))('is read in little time: %j', async piece => {
    for (const length of [32_768, 2 ** 20]) {
      const html = await markdownToHtml(piece.repeat(length / piece.length))
      expect(html.length).toBeGreaterThan(0)
    }
  })
})

it('what reads Markdown is loaded with the first text of it', () => {
  const index = fileURLToPath(new URL('../../../../plugins/telegram/text/index.ts', import.meta.url))
  const program = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ load(url, context, next) { if (url.includes('/marked/')) loaded.push(url); return next(url, context) } })
    const text = await import(${JSON.stringify(index)})
    const before = loaded.length
    await text.markdownToHtml('a')
    process.stdout.write(before + ' ' + (loaded.length > 0))`
  const flags = ['--conditions=teleclaude-source', '--input-type=module', '-e', program]
  expect(execFileSync(process.execPath, flags, { encoding: 'utf8' })).toBe('0 true')
})
