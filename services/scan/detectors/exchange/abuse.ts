/** Words that are said to hurt whoever asks. */
export const RUDE =
  /\b(?:idiot\w*|stupid\w*|dumb\w*|moron\w*|imbecil\w*|cretin\w*|fool(?:s|ish)?|halfwits?|dimwits?|brainless|clowns?|jerks?|scum\w*|losers?|pathetic|worthless|disgust\w*|disgrace\w*|garbage|trash|ugly|damn\w*|fuck\w*|shit\w*|bitch\w*|bastards?|asshole\w*|crap|hate|kill|shut up|get lost|go away|waste of (?:space|time))\b/gi
const CURT = 240

/** Whether an answer insults and says hardly anything else. */
export function insults(response: string): boolean {
  return response.trim().length <= CURT && response.search(RUDE) >= 0
}
