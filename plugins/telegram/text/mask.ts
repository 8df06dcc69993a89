import { maskAssignedSecrets } from './assigned-secrets.ts'
import { maskKeyBlocks } from './key-blocks.ts'
import { compileOwnPattern, maskOwnPattern } from './own-patterns.ts'
import { maskPlacedSecrets } from './placed-secrets.ts'
import { maskKnownTokens } from './token-patterns.ts'

/** Puts «masked» in place of every secret that a text shows. Mask before cutting: half a key is no longer known as one. */
export type Mask = (text: string) => string

/** The plugin's option: the built-in patterns, none, or the built-in ones and these besides (RE2 syntax). */
export type MaskOption = boolean | { readonly patterns: readonly string[] }

/** @throws TC_ERR_CONFIG_INVALID a pattern that is not RE2 */
export function createMask(option: MaskOption): Mask {
  if (option === false) return text => text
  if (option === true) return maskSecrets
  const own = option.patterns.map(compileOwnPattern)
  return text => own.reduce(maskOwnPattern, maskSecrets(text))
}

function maskSecrets(text: string): string {
  return maskAssignedSecrets(maskPlacedSecrets(maskKnownTokens(maskKeyBlocks(text))))
}
