import { MASKED } from './masked.ts'

// Tokens that say themselves what they are, by their makers' prefixes. Every pattern takes time that grows with the text
// only: what may repeat without end comes last, or begins only where a word does.

const WHERE_A_WORD_BEGINS = [
  /sk-(?=[A-Za-z_-]{0,40}\d)[A-Za-z0-9_-]{20,}/, // OpenAI, Anthropic and others
  /[srp]k_(?:live|test)_[A-Za-z0-9]{16,}/, // Stripe
  /gl(?:pat|ptt|rt|dt|cbt|soat|ft|imt|agent)-[A-Za-z0-9_-]{20,}/, // GitLab
  /A(?:KIA|SIA|ROA|IDA)[A-Z0-9]{16}(?![A-Za-z0-9])/, // AWS
  /ya29\.[A-Za-z0-9_-]{20,}/,
  /npm_[A-Za-z0-9]{36,}/,
  /hf_[A-Za-z0-9]{30,}/, // Hugging Face
  /gsk_[A-Za-z0-9]{30,}/, // Groq
  /xai-[A-Za-z0-9]{40,}/,
  /pplx-[A-Za-z0-9]{40,}/,
  /r8_[A-Za-z0-9]{30,}/, // Replicate
  /SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/, // SendGrid
  /do[opr]_v1_[a-f0-9]{64}/, // DigitalOcean
  /shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}/, // Shopify
  /lin_(?:api|oauth)_[A-Za-z0-9]{32,}/, // Linear
  /dp\.(?:pt|st|ct|sa)\.[A-Za-z0-9_.]{32,}/, // Doppler
  /hv[sbr]\.[A-Za-z0-9_-]{20,}/, // Vault
  /dapi[a-f0-9]{32}/, // Databricks
  /ntn_[A-Za-z0-9]{40,}/, // Notion
  /[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}/, // Discord
  /eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*){1,3}/, // JWT, JWE
] as const

const ANYWHERE = [
  /whsec_[A-Za-z0-9+/=]{20,}/,
  /gh[pousr]_[A-Za-z0-9]{20,}/, // GitHub
  /github_pat_[A-Za-z0-9_]{22,}/,
  /xox[abeoprs]-[A-Za-z0-9-]{10,}/, // Slack
  /xapp-\d-[A-Za-z0-9-]{10,}/,
  /hooks\.slack\.com\/services\/[A-Za-z0-9/]{20,}/,
  /AIza[A-Za-z0-9_-]{35}/, // Google
  /GOCSPX-[A-Za-z0-9_-]{20,}/,
  /pypi-AgEI[A-Za-z0-9_-]{16,}/,
  /[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,}/, // Terraform
  /AGE-SECRET-KEY-1[0-9A-Z]{50,}/,
  /dckr_pat_[A-Za-z0-9_-]{20,}/,
  /ATATT3[A-Za-z0-9_=-]{20,}/, // Atlassian
  /(?<!\d)\d{8,10}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/, // Telegram
] as const

/** Behind an escaped line break, as in JSON, a word begins too. */
const WORD_BEGINS = /(?:(?<![A-Za-z0-9_-])|(?<=\\[nrt]))/
const KNOWN_TOKEN = new RegExp(
  `${WORD_BEGINS.source}(?:${anyOf(WHERE_A_WORD_BEGINS)})|${anyOf(ANYWHERE)}`,
  'g',
)

/** Masks what is a token by its looks. */
export function maskKnownTokens(text: string): string {
  return text.replace(KNOWN_TOKEN, MASKED)
}

function anyOf(patterns: readonly RegExp[]): string {
  return patterns.map(({ source }) => source).join('|')
}
