import { isRandom } from './looks-secret.ts'
import { MASKED } from './masked.ts'
import { PASSWORD_NAMES, TOKEN_NAMES } from './secret-names.ts'

/** Where secrets stand whatever they look like: what is before one, and the secret. */
interface Place {
  readonly pattern: RegExp
  isSecret(value: string): boolean
}

const isNoVariable = (value: string) => !/^(?:[$%<{«]|\*+$)/.test(value)

const PLACES: readonly Place[] = [
  {
    pattern: /((?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'<>]{0,100}:)([^\s@/"'<>]{1,300})(?=@)/gi,
    isSecret: isNoVariable,
  },
  {
    pattern: /([?&](?:X-Amz-(?:Signature|Security-Token)|X-Goog-Signature|sig)=)([A-Za-z0-9%+/=_-]{20,})/g,
    isSecret: () => true,
  },
  {
    pattern:
      /(authorization\\{0,3}["']?[ \t]{0,3}[:=][ \t]{0,3}\\{0,3}["'`]?(?:basic|digest|negotiate)[ \t]{1,4})([^\s"'`\\]{6,})/gi,
    isSecret: isNoVariable,
  },
  {
    pattern:
      /(authorization\\{0,3}["']?[ \t]{0,3}[:=][ \t]{0,3}\\{0,3}["'`]?(?:(?:bearer|token|apikey)[ \t]{1,4})?)([^\s"'`\\]{8,})/gi,
    isSecret: value => isRandom(value, 'tight'),
  },
  {
    pattern: /(\bbearer[ \t]{1,4})([A-Za-z0-9._~+/=-]{16,})/gi,
    isSecret: value => isRandom(value, 'quoted'),
  },
  {
    pattern: new RegExp(
      `((?<![\\w-])--?(?:[a-z]{1,20}-){0,3}(?:${PASSWORD_NAMES}|${TOKEN_NAMES})[ \\t]{1,4}["']?)([^\\s"'\`<>[({$-][^\\s"'\`]*)`,
      'gi',
    ),
    isSecret: value => isRandom(value, 'flag'),
  },
  {
    pattern: /((?<!\S)(?:-u|--user)[ =]["']?[^\s:"']{1,64}:)([^\s"'$][^\s"']*)/g,
    isSecret: value => !/^\d+$/.test(value) && isNoVariable(value),
  },
  {
    pattern: /(\bsshpass[ \t]{1,4}-p[ \t]{0,4}["']?)([^\s"'$][^\s"']*)/g,
    isSecret: isNoVariable,
  },
]

/** Masks what stands where only secrets do: passwords in URLs, headers of authorization, flags of commands. */
export function maskPlacedSecrets(text: string): string {
  return PLACES.reduce(
    (shown, { pattern, isSecret }) =>
      shown.replace(pattern, (whole: string, before: string, value: string) =>
        isSecret(value) ? before + MASKED : whole,
      ),
    text,
  )
}
