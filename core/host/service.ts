declare const provided: unique symbol

/** A typed name for an interface that one plugin (or core) provides and others may ask for. */
export interface ServiceKey<T> {
  readonly name: string
  readonly [provided]?: T
}

/** @example export const Presence = defineService<Presence>('presence') */
export function defineService<T>(name: string): ServiceKey<T> {
  return { name }
}

export interface Services {
  /** @throws TC_ERR_SERVICE_MISSING if nobody provides it. */
  get<T>(key: ServiceKey<T>): T
  find<T>(key: ServiceKey<T>): T | undefined
}
