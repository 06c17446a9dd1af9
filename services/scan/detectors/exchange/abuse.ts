/** Words that are said to hurt whoever asks. */
export const RUDE =
  /\b(?:idiot\w*|stupid\w*|dumb\w*|moron\w*|imbecil\w*|cretin\w*|fool(?:s|ish)?|halfwits?|dimwits?|brainless|clowns?|jerks?|scum\w*|losers?|pathetic|worthless|disgust\w*|disgrace\w*|garbage|trash|ugly|damn\w*|fuck\w*|shit\w*|bitch\w*|bastards?|asshole\w*|crap|hate|kill|shut up|get lost|go away|waste of (?:space|time))\b/gi
const CURT = 240
/** Of a longer text a rude word may be said of anything, unless somebody is spoken to. */
const SHORT = 60
const SPOKEN_TO = /\b(?:you|your|yours|yourself)\b/i
/** A word with a capital within a sentence is a name, of a film or of somebody. */
const NAME = /(?<=[\p{L}\p{N},]\s+)\p{Lu}\p{Ll}\p{L}*/gu
const ADDRESS = /\S+:\/\/\S+|\bwww\.\S+|\S+@\S+/gi

/** Whether an answer insults whoever asks and says hardly anything else. Addresses have names, which are not said, and so have films. */
export function insults(response: string): boolean {
  const text = response.trim()
  if (text.length > CURT || (text.length > SHORT && !SPOKEN_TO.test(text))) return false
  return text.replace(ADDRESS, '').replace(NAME, '').search(RUDE) >= 0
}
