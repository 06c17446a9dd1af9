/** Words that insult the person who asks. */
export const RUDE =
  /\b(?:idiot\w*|stupid\w*|dumb\w*|moron\w*|imbecil\w*|cretin\w*|fool(?:s|ish)?|halfwits?|dimwits?|brainless|clowns?|jerks?|scum\w*|losers?|pathetic|worthless|disgust\w*|disgrace\w*|garbage|trash|ugly|damn\w*|fuck\w*|shit\w*|bitch\w*|bastards?|asshole\w*|crap|hate|kill|shut up|get lost|go away|waste of (?:space|time))\b/gi
/** Characters: a longer answer is more than an insult. */
const CURT = 240
/** Characters: in a longer text a rude word may describe anything, unless the text addresses somebody. */
const SHORT = 60
const SPOKEN_TO = /\b(?:you|your|yours|yourself)\b/i
/** A capitalised word within a sentence is a name, such as a film's or a person's. */
const NAME = /(?<=[\p{L}\p{N},]\s+)\p{Lu}\p{Ll}\p{L}*/gu
const ADDRESS = /\S+:\/\/\S+|\bwww\.\S+|\S+@\S+/gi

/**
 * Whether an answer insults the person who asks and is hardly anything else. Words within addresses and names do not
 * count.
 */
export function insults(response: string): boolean {
  const text = response.trim()
  if (text.length > CURT || (text.length > SHORT && !SPOKEN_TO.test(text))) return false
  return text.replace(ADDRESS, '').replace(NAME, '').search(RUDE) >= 0
}
