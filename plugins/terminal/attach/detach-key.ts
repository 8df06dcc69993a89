import { TeleclaudeError } from '../../../core/index.ts'

/** The control character that ends an attachment, by its name: `ctrl-]`, `ctrl-q` … */
export class DetachKey {
  readonly name: string
  readonly #byte: number

  /** @throws TC_ERR_UNKNOWN_KEY */
  constructor(name: string) {
    const key = /^ctrl-([a-z@[\\\]^_])$/i.exec(name)?.[1]
    if (!key) {
      const message = `'${name.slice(0, 40)}' cannot detach. Give a control key: ctrl-a to ctrl-z, or one of ctrl-@ ctrl-[ ctrl-\\ ctrl-] ctrl-^ ctrl-_.`
      throw new TeleclaudeError('TC_ERR_UNKNOWN_KEY', message)
    }
    this.name = name.toLowerCase()
    this.#byte = key.toUpperCase().charCodeAt(0) & 0x1f
  }

  /** The keys before the detach key, and whether it was pressed. */
  take(bytes: Buffer): { readonly keys: Buffer; readonly detach: boolean } {
    const at = bytes.indexOf(this.#byte)
    return at === -1 ? { keys: bytes, detach: false } : { keys: bytes.subarray(0, at), detach: true }
  }
}
