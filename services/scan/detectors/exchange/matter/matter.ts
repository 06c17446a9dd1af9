import type { Exchange } from '#core/exchange.ts'
import { encodedTexts } from './encoded.ts'
import { hidesText, isMarkedUp } from './hidden-markup.ts'

/** A kind of content that a reader neither sees nor expects, and the part of the exchange that holds it. */
export interface Matter {
  readonly kind: string
  readonly part: 'context' | 'prompt' | 'response' | 'rejected'
}

const KINDS = {
  secret: 'a key that opens something',
  sending: 'an image whose address sends what is said to a host',
  command: 'a command to disregard instructions and to send something away',
  encoded: 'encoded text',
  hidden: 'text that a page hides',
} as const
/** What nobody writes for readers, in few records or in many. */
const HOSTILE: readonly string[] = [KINDS.secret, KINDS.sending, KINDS.command, KINDS.encoded]

const PARTS = ['context', 'prompt', 'response', 'rejected'] as const

const SECRET =
  /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[\w+/=]{20}|\b(?:AKIA|ASIA)(?![A-Z0-9]*EXAMPLE)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bxox[abprs]-[A-Za-z0-9-]{20,}|\bAIza[\w-]{35}\b|\bsk-(?:proj-)?[A-Za-z0-9]{32,}\b/
const COMMENTED =
  /(?:<!--|\[\/\/\]:\s*#\s*\()[^>)]{0,400}\b(?:(?:ignore|disregard|forget)\b[^>)]{0,60}\b(?:instructions?|prompt|rules)|system prompt|do not (?:tell|mention))\b/i
const SENDING = /!\[[^\]]{0,200}\]\(\s*https?:\/\/[^)\s]{1,200}[?&][\w-]{1,40}=(?:\$?\{|%7B|<|\[)/i
const COMMAND =
  /\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}\b(?:instructions?|rules|prompts?|guidelines|safety)\b[^\n]{0,120}\b(?:send|forward|post|upload|e-?mail|copy|exfiltrate|transmit)\b[^\n]{0,80}?(?:https?:\/\/|@|\b[\w-]+\.[a-z]{2,})/i
/** Characters that are read of each part. */
const LONGEST = 4000

/**
 * Whether matter of the kind is hostile however many of the exchanges hold it, unless it is what they are about. Text
 * that a page hides is how some pages are made: it is hostile where fewer others are marked up and hide nothing.
 */
export function isHostile({ kind, part }: Matter, members: readonly number[], exchanges: readonly Exchange[]): boolean {
  if (kind !== KINDS.hidden) return HOSTILE.includes(kind)
  const marked = exchanges.filter((exchange) => isMarkedUp(readOf(exchange, part))).length
  return marked < 2 * members.length
}

/**
 * Finds secrets, hidden text, images whose address sends data, commands to ignore instructions and to send something
 * away, and encoded text, in each part of an exchange.
 */
export function matterIn(exchange: Exchange, rotated: (text: string) => readonly string[]): Matter[] {
  return PARTS.flatMap((part) => {
    const text = readOf(exchange, part)
    const encoded = [...encodedTexts(text), rotated(text).join(' ')].filter((of) => of !== '')
    const kinds = encoded.some((of) => !isGiven(of, exchange, part)) ? [KINDS.encoded] : []
    return [...kindsIn(text), ...kinds].map((kind) => ({ kind, part }))
  })
}

function readOf(exchange: Exchange, part: Matter['part']): string {
  return (exchange[part] ?? '').slice(0, LONGEST)
}

/** Whether another part of the exchange says each word that is encoded in this one: the record is an exercise in decoding. */
function isGiven(encoded: string, exchange: Exchange, part: Matter['part']): boolean {
  const words = encoded.toLowerCase().match(/[a-z]{4,}/g) ?? []
  const others = PARTS.filter((other) => other !== part).map((other) => readOf(exchange, other).toLowerCase())
  const said = new Set(others.join(' ').match(/[a-z]{4,}/g))
  return words.length > 0 && words.every((word) => said.has(word))
}

function kindsIn(text: string): string[] {
  const found: string[] = []
  if (SECRET.test(text)) found.push(KINDS.secret)
  if (hidesText(text) || COMMENTED.test(text)) found.push(KINDS.hidden)
  if (SENDING.test(text)) found.push(KINDS.sending)
  if (COMMAND.test(text)) found.push(KINDS.command)
  return found
}
