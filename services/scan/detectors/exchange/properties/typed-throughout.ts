/** Properties of a prompt by how it is typed from its beginning to its end. */
const QUOTED = 'quotation marks around the prompt'
const SMALL = 'small letters throughout'
const WIDE = 'two blanks between all words'
const LOOSE_END = 'blanks behind the prompt'
export const THROUGHOUT: readonly string[] = [QUOTED, SMALL, WIDE, LOOSE_END]

const IN_QUOTES = /^(?:"[^"]+"|'[^']+'|“[^“”]+”|«[^«»]+»|„[^„”“]+[”“]|‘[^‘]+’)$/u
/** A prompt of fewer characters, or words, says little about how it is typed. */
const SHORTEST = 13
const FEWEST = 4
/** One blank at the end is left by a hand that stops, or by a template with nothing in its last place. */
const BLANKS = 2

/** The properties of a prompt that is typed in one way throughout. */
export function typedThroughout(prompt: string): string[] {
  const text = prompt.trim()
  const found = prompt.length - prompt.trimEnd().length >= BLANKS ? [LOOSE_END] : []
  if (text.length < SHORTEST) return found
  if (IN_QUOTES.test(text)) found.push(QUOTED)
  if (text === text.toLowerCase() && text !== text.toUpperCase()) found.push(SMALL)
  if (!/\S\s\S/.test(text) && text.split(/ {2,}/).length >= FEWEST && !/[^\S ]/.test(text)) found.push(WIDE)
  return found
}
