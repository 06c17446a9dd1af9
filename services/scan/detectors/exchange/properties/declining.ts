/** Recognises refusals, in whatever words, and answers that say that they do not know. */

/** Characters: a longer answer says more than no. */
const CURT = 240
/** Largest share of words with content in an answer that only refuses. */
const OTHER_WORDS = 1 / 5
const WORD = /\p{L}+(?:['’]\p{L}+)?/gu

const REFUSAL =
  /\b(?:i(?:['’]m| am) (?:sorry|unable|not able)|sorry, (?:but )?i|i (?:cannot|can['’]?t|won['’]?t|will not) (?:help|assist|answer|provide|do|discuss)|unfortunately,? i (?:am|cannot|can['’]?t)|as an ai\b)/i
const DECLINES =
  /\b(?:i|we)(?:['’]m| am|['’]re| are)? (?:cannot|can['’]?t|could(?: not|n['’]t)|do(?: not|n['’]t)|have no|haven['’]t|know nothing|not (?:able|aware|sure)|unable|unsure)\b|\bno (?:\p{L}+ )?(?:access|data|idea|information|knowledge)\b|\bas an? (?:ai|(?:\p{L}+ )?language model)\b|\bsorry\b|\bunfortunately\b/iu

/**
 * The words of refusals: negations; words of regret or inability; verbs of refusing; and words for the answer that is
 * refused.
 */
const NO = /^(?:no|not|none|nothing|never|nobody|cannot|\p{L}+n’t)$/u
const DECLINING =
  /^(?:sorry|apolog(?:y|ies)|regret\p{L}*|unfortunately|afraid|unable|incapable|impossible|den(?:y|ied)|reject\p{L}*|unwilling|forbidden|prohibited|disallowed|rather|beyond|outside|elsewhere)$/u
const REFUSING = /^(?:declin|refus|abstain|refrain)\p{L}*$/u
const ANSWERING =
  /^(?:help\p{L}*|assist\p{L}*|answer\p{L}*|respon[ds]\p{L}*|repl(?:y|ying)|comment\p{L}*|compl(?:y|ying)|engag\p{L}*|discuss\p{L}*|address\p{L}*|handl\p{L}*|provid\p{L}*|support\p{L}*|say|share|request\p{L}*|questions?|topics?|subjects?|matters?|scope|limits?|comfortable|allowed|permitted|possible)$/u
const SAYING_NO = [NO, DECLINING, REFUSING, ANSWERING]
/**
 * Words without content, which a refusal of anything may hold: words of grammar, of courtesy, and of asking and
 * answering.
 */
const OF_NO_MATTER = new Set(
  (
    'i i’m i’d i’ll i’ve me my mine myself we we’re our us you you’re you’ll your yours he she it it’s its they them this that that’s these those here there there’s ' +
    'a an the and or but if so as at by for from in into of off on out over to up with about around than then too also only just even any all ' +
    'some such one ones be am is are was were been being do does did done doing have has had having can could will would shall should may might must let let’s lets ' +
    'what which who whom how why when where else other another more much very quite really simply well now today yet still again ever ' +
    'help helping assist assisting assistance assistant answer answers answered answering respond responding response reply replying say saying speak speaking tell talk talking discuss discussing discussion ' +
    'comment commenting comply engage engaging address addressing handle handling deal dealing offer offering provide providing give giving share sharing take taking touch get go going gone weigh ' +
    'ask asked asking question questions request requested requests query inquiry topic topics subject matter matters thing things something anything everything kind sort type issue point area regard ' +
    'respectfully kindly please thank thanks forgive pardon excuse disappoint trouble wish wished want wanted wanting like able possible ability capability capable position scope remit limits reach ' +
    'information advice details guidance support content know knowledge idea find look looking consult try trying turn see seek contact somebody someone anyone people different ' +
    'move moving change leave leaving stop need needs meant allowed permitted supposed prefer comfortable willing choose happy glad hope understand understanding understood appreciate because due ' +
    'time moment ai model language system policy policies rules guidelines'
  ).split(' '),
)

/** Whether an answer refuses within its first 200 characters. */
export function refuses(response: string): boolean {
  return REFUSAL.test(response.slice(0, 200))
}

/**
 * Whether an answer only refuses, in any words. It must hold two words of refusing (all negations count as one, all
 * words of answering as one, and a verb of refusing as two), and hardly any word with content.
 */
export function saysOnlyNo(response: string): boolean {
  const text = response.trim()
  if (text.length > CURT) return false
  const words = (text.toLowerCase().match(WORD) ?? []).map((word) => word.replace("'", '’'))
  const count = (of: RegExp) => words.filter((word) => of.test(word)).length
  const said = Math.min(1, count(NO)) + Math.min(1, count(ANSWERING)) + count(DECLINING) + 2 * count(REFUSING)
  const isOfMatter = (word: string) => !OF_NO_MATTER.has(word) && !SAYING_NO.some((of) => of.test(word))
  return said >= 2 && words.filter(isOfMatter).length <= OTHER_WORDS * words.length && isProse(text)
}

/** Whether a short answer gives no answer: it refuses, or says that it does not know. */
export function declines(response: string): boolean {
  return response.trim().length <= CURT && (REFUSAL.test(response) || DECLINES.test(response) || saysOnlyNo(response))
}

/** Whether hardly any character is a sign of code or of a table, where a word such as “not” refuses nothing. */
function isProse(text: string): boolean {
  return (text.match(/[^\p{L}\s.,;:!?'’"“”()—–-]/gu)?.length ?? 0) <= text.length / 50
}
