import type { Fields, Value } from '#core/value.ts'

type Json = Value | undefined
type JsonObject = Readonly<Record<string, Json>>

/**
 * At most so many of the questions may have another form: they stay as they came, each a record that its contract refuses alone. With
 * more, the file is something else.
 */
const MOST_ODD = 0.1

export interface Questions {
  readonly rows: readonly Fields[]
  /** What holds no question, and so is in no row, in words. */
  readonly leftOut: readonly string[]
}

/**
 * The questions of a reading comprehension set as SQuAD is published (Rajpurkar et al. 2016 and 2018): articles hold paragraphs, and
 * these hold questions with their answers. Each question is a record with its paragraph and its article's fields, and its answers are
 * lists of texts and of places, as Hugging Face has them. Null if too much has another form, or two levels have a field of one name.
 */
export function questionsIn(articles: readonly Json[]): Questions | null {
  const rows: Fields[] = []
  let [odd, bare, empty] = [0, 0, 0]
  for (const article of articles) {
    const { paragraphs, ...ofArticle } = fieldsOf(article)
    if (!isList(paragraphs)) return null
    if (paragraphs.length === 0) bare++
    for (const paragraph of paragraphs) {
      const { qas, ...ofParagraph } = fieldsOf(paragraph)
      if (!isList(qas)) return null
      if (qas.length === 0) empty++
      for (const asked of qas) {
        const question = questionOf(asked)
        if (question === null || typeof ofParagraph['context'] !== 'string') odd++
        const own = question ?? fieldsOf(asked)
        const row = { ...ofArticle, ...ofParagraph, ...own }
        const fields = [ofArticle, ofParagraph, own].reduce((sum, of) => sum + Object.keys(of).length, 0)
        if (Object.keys(own).length === 0 || fields !== Object.keys(row).length) return null
        rows.push(row as Fields)
      }
    }
  }
  if (rows.length === 0 || odd > MOST_ODD * rows.length) return null
  return { rows, leftOut: [...counted(bare, 'article', 'paragraphs'), ...counted(empty, 'paragraph', 'questions')] }
}

function counted(n: number, of: string, without: string): string[] {
  return n === 0 ? [] : [`${n === 1 ? `1 ${of}` : `${n} ${of}s`} without ${without}`]
}

/**
 * A question whose lists of answers are two lists; null if it is no question, or an answer has more or less than a text and a place.
 * What a place says is for the contract to judge.
 */
function questionOf(asked: Json): JsonObject | null {
  const question = fieldsOf(asked)
  if (typeof question['question'] !== 'string' || !isList(question['answers'])) return null
  const lists = Object.entries(question).map(([name, value]) => {
    const isOfAnswers = isList(value) && (name === 'answers' || name === 'plausible_answers')
    return [name, isOfAnswers ? inLists(value) : value] as const
  })
  return lists.some(([, value]) => value === null) ? null : Object.fromEntries(lists)
}

function inLists(answers: readonly Json[]): Json {
  const fields = answers.map(fieldsOf)
  const isAnswer = ({ text, answer_start: start, ...more }: JsonObject) =>
    typeof text === 'string' && start !== undefined && Object.keys(more).length === 0
  if (!fields.every(isAnswer)) return null
  return { text: fields.map(({ text }) => text!), answer_start: fields.map(({ answer_start: start }) => start!) }
}

function fieldsOf(value: Json): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

function isList(value: Json): value is readonly Value[] {
  return Array.isArray(value)
}
