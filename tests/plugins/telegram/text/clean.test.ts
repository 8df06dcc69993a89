import { describe, expect, it } from 'vitest'
import { cleanForChat, safeTopicName } from '../../../../plugins/telegram/text/index.ts'
import { ENGLAND, FAMILY, FLAG, nastyText } from './nasty-text.ts'

const seeds = Array.from({ length: 300 }, (_, seed) => seed)
const pirates = '🏴\u200d☠\ufe0f'

describe('text for a chat', () => {
  it.each([
    ['a\0b\x07c\x7fd\x9ae', 'abcde'],
    ['\x1b[1;31mred\x1b[0m \x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x1b(B', 'red link'],
    ['\x1b]0;without an end\nand more', '0;without an end\nand more'],
    ['a\r\nb\rc\u2028d\fe', 'a\nb\nc\nd\ne'],
    ['a\ud83d b\ude00', 'a\ufffd b\ufffd'],
    ['user\u202egpj.exe \u2066x\u2069', 'usergpj.exe x'],
    ['pass\u200bword \ufeffx \u2060y', 'password x y'],
    ['a\u{e0041}\u{e0042}b', 'ab'],
    ['a\tbc\td\n\te', 'a       bc      d\n        e'],
  ])('has nothing that a chat must not get: %j', (text, clean) => {
    expect(cleanForChat(text)).toBe(clean)
  })

  it('keeps what people write: emoji, and every direction and language', () => {
    const text = `${FAMILY}${FLAG}${ENGLAND}${pirates}👍🏽 e\u0301 שלום \u200fمرحبا می\u200cخواهم 日本語 \ue0b0`
    expect(cleanForChat(text)).toBe(text)
  })

  it('is clean whatever it was, and stays as it is when it is cleaned again', () => {
    for (const seed of seeds) {
      const clean = cleanForChat(nastyText(seed, 200))
      expect(clean.isWellFormed()).toBe(true)
      expect(clean).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/)
      expect(cleanForChat(clean)).toBe(clean)
    }
  })
})

describe('the name of a topic', () => {
  it.each([
    ['$macbook > $box - a title', '$macbook > $box - a title'],
    ['a\n\n b\t c', 'a b c'],
    ['user\u202egpj.exe', 'usergpj.exe'],
    ['pay\u200b\u200d\u00adpal\u034f', 'paypal'],
    [`${FAMILY}${pirates} ok`, `${FAMILY}${pirates} ok`],
    ['Z\u0301\u0302\u0303\u0304\u0305\u0306\u0307', 'Z\u0301\u0302\u0303\u0304'],
    ['a\ufe0f❤️', 'a❤️'],
    ['שלום', 'שלום'],
  ])('shows all that is in it: %j', (name, safe) => {
    expect(safeTopicName(name)).toBe(safe)
  })

  it.each(['', '  ', '\n', '\u200b\u2060', '\u200d', '\ufe0f', '\u3164', '\u2800', '\0'])(
    'is never empty: %j',
    name => {
      expect(safeTopicName(name)).toBe('session')
    },
  )

  it('is at most as long as Telegram takes, and cut in no character', () => {
    expect(safeTopicName('x'.repeat(128))).toBe('x'.repeat(128))
    expect(safeTopicName('x'.repeat(129))).toBe(`${'x'.repeat(127)}…`)
    expect(safeTopicName(FAMILY.repeat(50))).toBe(`${FAMILY.repeat(11)}…`)
  })

  it('is one that Telegram takes, whatever it was', () => {
    for (const seed of seeds) {
      const name = safeTopicName(nastyText(seed, 60))
      expect(name.length).toBeGreaterThan(0)
      expect(name.length).toBeLessThanOrEqual(128)
      expect(name).toBe(name.trim().toWellFormed())
      expect(name).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\u200b]/u)
    }
  })
})
