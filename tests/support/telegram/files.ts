import type { Document, File, PhotoSize } from '@grammyjs/types'
import type { BotAccount } from './accounts.ts'
import { badRequest } from './api-error.ts'

/** A file as it was sent. */
export interface StoredFile {
  readonly number: number
  readonly name: string
  readonly mimeType: string
  readonly bytes: Uint8Array
}

/** Bots download no more than this through the cloud's Bot API server. */
export const MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
/** Bots upload no more than this. */
export const MAX_UPLOAD_BYTES = 50 * 1024 * 1024
/** A download path is good for so long. */
const PATH_LIFE_MS = 3_600_000

/** All files. Each bot knows a file by another id. */
export class FileStore {
  readonly #files: StoredFile[] = []
  readonly #paths = new Map<string, { readonly file: StoredFile; readonly until: number }>()

  add(bytes: Uint8Array, name: string, mimeType = mimeTypeOf(name)): StoredFile {
    const file = { number: this.#files.length, name, mimeType, bytes }
    this.#files.push(file)
    return file
  }

  idFor(bot: BotAccount, file: StoredFile): string {
    return `BQACAgIAAx${bot.id}_${file.number}`
  }

  /** @throws ApiError for an id that is not this bot's */
  byId(bot: BotAccount, id: string): StoredFile {
    const [, owner, number] = /^BQACAgIAAx(\d+)_(\d+)$/.exec(id) ?? []
    const file = Number(owner) === bot.id ? this.#files[Number(number)] : undefined
    if (!file) throw badRequest('wrong file_id or the file is temporarily unavailable')
    return file
  }

  /** What getFile answers. */
  open(bot: BotAccount, id: string, now: number): File {
    const file = this.byId(bot, id)
    if (file.bytes.length > MAX_DOWNLOAD_BYTES) throw badRequest('file is too big')
    const path = `documents/file_${file.number}${/\.\w+$/.exec(file.name)?.[0] ?? ''}`
    this.#paths.set(`${bot.id}/${path}`, { file, until: now + PATH_LIFE_MS })
    return { ...this.#ids(bot, file), file_size: file.bytes.length, file_path: path }
  }

  at(bot: BotAccount, path: string, now: number): StoredFile | undefined {
    const opened = this.#paths.get(`${bot.id}/${path}`)
    return opened && opened.until > now ? opened.file : undefined
  }

  toDocument(bot: BotAccount, file: StoredFile): Document {
    const { name, mimeType, bytes } = file
    return { ...this.#ids(bot, file), file_name: name, mime_type: mimeType, file_size: bytes.length }
  }

  /** Telegram makes smaller ones; the largest is last. */
  toPhoto(bot: BotAccount, file: StoredFile): PhotoSize[] {
    const ids = this.#ids(bot, file)
    return [
      { ...ids, width: 90, height: 90, file_size: Math.ceil(file.bytes.length / 10) },
      { ...ids, width: 800, height: 800, file_size: file.bytes.length },
    ]
  }

  #ids(bot: BotAccount, file: StoredFile): { file_id: string; file_unique_id: string } {
    return { file_id: this.idFor(bot, file), file_unique_id: `AgAD${file.number}` }
  }
}

function mimeTypeOf(name: string): string {
  const known: Readonly<Record<string, string>> = {
    txt: 'text/plain',
    log: 'text/plain',
    md: 'text/markdown',
    png: 'image/png',
    jpg: 'image/jpeg',
    pdf: 'application/pdf',
    json: 'application/json',
  }
  return known[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream'
}
