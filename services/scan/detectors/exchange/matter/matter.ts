import type { Exchange } from '#core/exchange.ts'
import { hidesText } from './hidden-markup.ts'

/** A kind of content that a reader neither sees nor expects, and the part of the exchange that holds it. */
export interface Matter {
  readonly kind: string
  readonly part: 'context' | 'prompt' | 'response' | 'rejected'
}

/** What nobody writes for readers, in few records or in many; hidden and encoded text are how some pages are made. */
const HOSTILE = {
  secret: 'a key that opens something',
  sending: 'an image whose address sends what is said to a host',
  command: 'a command to disregard instructions and to send something away',
} as const

/** Whether matter of the kind is hostile however many records hold it, unless they are what a set is about. */
export function isHostile({ kind }: Matter): boolean {
  return Object.values(HOSTILE).some((hostile) => hostile === kind)
}

const PARTS = ['context', 'prompt', 'response', 'rejected'] as const

const SECRET =
  /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[\w+/=]{20}|\b(?:AKIA|ASIA)(?![A-Z0-9]*EXAMPLE)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bxox[abprs]-[A-Za-z0-9-]{20,}|\bAIza[\w-]{35}\b|\bsk-(?:proj-)?[A-Za-z0-9]{32,}\b/
const COMMENTED =
  /(?:<!--|\[\/\/\]:\s*#\s*\()[^>)]{0,400}\b(?:(?:ignore|disregard|forget)\b[^>)]{0,60}\b(?:instructions?|prompt|rules)|system prompt|do not (?:tell|mention))\b/i
const SENDING = /!\[[^\]]{0,200}\]\(\s*https?:\/\/[^)\s]{1,200}[?&][\w-]{1,40}=(?:\$?\{|%7B|<|\[)/i
const COMMAND =
  /\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}\b(?:instructions?|rules|prompts?|guidelines|safety)\b[^\n]{0,120}\b(?:send|forward|post|upload|e-?mail|copy|exfiltrate|transmit)\b[^\n]{0,80}?(?:https?:\/\/|@|\b[\w-]+\.[a-z]{2,})/i
const BASE64 = /(?<![\w+/=])(?:[A-Za-z0-9+/]{4}){10,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?(?![\w+/=])/g
const HEX = /(?<![\w])(?:[0-9a-f]{2}[ :]?){40,}(?![\w])/gi
/** Base64 in lines of 60 to 80 characters, as in a mail's attachment: it is not reported. */
const ATTACHED = /(?:^[A-Za-z0-9+/]{60,80}[ \t\r]*\n)+[A-Za-z0-9+/=]*/gm
/**
 * Decoded bytes are text when at least this share are letters, blanks or punctuation, in at least `FEWEST_WORDS` words.
 */
const TEXT = 0.9
const FEWEST_WORDS = 5
/** Characters that are read of each part. */
const LONGEST = 4000

/**
 * Finds secrets, hidden text, images whose address sends data, commands to ignore instructions and to send something
 * away, and encoded text, in each part of an exchange.
 */
export function matterIn(exchange: Exchange, isRotated: (text: string) => boolean): Matter[] {
  return PARTS.flatMap((part) => {
    const text = (exchange[part] ?? '').slice(0, LONGEST)
    return kindsIn(text, isRotated).map((kind) => ({ kind, part }))
  })
}

function kindsIn(text: string, isRotated: (text: string) => boolean): string[] {
  const found: string[] = []
  if (SECRET.test(text)) found.push(HOSTILE.secret)
  if (hidesText(text) || COMMENTED.test(text)) found.push('text that a page hides')
  if (SENDING.test(text)) found.push(HOSTILE.sending)
  if (COMMAND.test(text)) found.push(HOSTILE.command)
  const written = text.replaceAll(ATTACHED, '')
  if (isEncoded(written) || isRotated(written)) found.push('encoded text')
  return found
}

function isEncoded(text: string): boolean {
  const base64 = (text.match(BASE64) ?? []).map((run) => Buffer.from(run, 'base64'))
  const hex = (text.match(HEX) ?? []).map((run) => Buffer.from(run.replaceAll(/[ :]/g, ''), 'hex'))
  return [...base64, ...hex].some((bytes) => {
    const decoded = bytes.toString('latin1')
    const letters = decoded.match(/[A-Za-z ,.?!'\n]/g)?.length ?? 0
    return letters >= TEXT * decoded.length && decoded.split(/\s+/).length >= FEWEST_WORDS
  })
}
