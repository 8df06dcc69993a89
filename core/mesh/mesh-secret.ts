/** A secret that all computers of a mesh share. */
export interface MeshSecret {
  /** 8 characters of base 32 that name it and tell nothing of it. */
  readonly id: string
  readonly value: string
}

/** The fewest characters of a secret: {@link newMeshSecret} makes 43 (256 bits in base64url). */
export const MIN_SECRET_LENGTH = 32

export declare function meshSecret(value: string): MeshSecret

/** 256 random bits in base64url. */
export declare function newMeshSecret(): string
