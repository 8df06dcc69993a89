/** Puts «masked» in place of every secret that a text shows. Mask before cutting: half a key is no longer known as one. */
export type Mask = (text: string) => string

/** The plugin's option: the built-in patterns, none, or the built-in ones and these besides (RE2 syntax). */
export type MaskOption = boolean | { readonly patterns: readonly string[] }

/** @throws TC_ERR_CONFIG_INVALID a pattern that is not RE2 */
export function createMask(option: MaskOption): Mask {
  if (option === false) return text => text
  return text => text.replace(/\b(?:sk|ghp|xox[a-z])[-_][\w-]{16,}/g, '«masked»')
}
