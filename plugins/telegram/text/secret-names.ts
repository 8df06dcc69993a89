/** Names of passwords: whatever is assigned to one is masked, but for what is plainly none. */
export const PASSWORD_NAMES = 'password|passwd|passphrase|(?<=_)(?:pass|pwd)|(?<![a-z/_])pwd'

/** Names of what a program made up: only a value that looks made up is masked. */
export const TOKEN_NAMES =
  '(?:token|secret(?:[ _-]?(?:access[ _-]?)?key)?|client[ _-]?secret|credentials?|(?:api|access|private|encryption|signing|master|auth|account|shared)[ _-]?key)'
