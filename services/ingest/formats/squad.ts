import type { Fields, Value } from '#core/value.ts'

type Json = Value | undefined
type JsonObject = Readonly<Record<string, Json>>

/**
 * The questions of a reading comprehension set as SQuAD is published (Rajpurkar et al. 2016 and 2018): articles hold paragraphs, and
 * these hold questions with their answers. Each question is a record with its paragraph and its article's fields, and its answers are
 * lists of texts and of places, as Hugging Face has them. Null if anything has another form, or two levels have a field of one name.
 */
export function questionsIn(articles: readonly Json[]): Fields[] | null {
  const rows: Fields[] = []
  for (const article of articles) {
    const { paragraphs, ...ofArticle } = fieldsOf(article)
    if (!isList(paragraphs)) return null
    for (const paragraph of paragraphs) {
      const { qas, ...ofParagraph } = fieldsOf(paragraph)
      if (!isList(qas) || typeof ofParagraph['context'] !== 'string') return null
      for (const asked of qas) {
        const question = questionOf(asked)
        const row = { ...ofArticle, ...ofParagraph, ...question }
        const fields = [ofArticle, ofParagraph, question ?? {}].reduce((sum, of) => sum + Object.keys(of).length, 0)
        if (question === null || fields !== Object.keys(row).length) return null
        rows.push(row as Fields)
      }
    }
  }
  return rows.length === 0 ? null : rows
}

/** A question whose lists of answers are two lists; null if it is no question, or an answer has more than a text and a place. */
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
    typeof text === 'string' && typeof start === 'number' && Object.keys(more).length === 0
  if (!fields.every(isAnswer)) return null
  return { text: fields.map(({ text }) => text!), answer_start: fields.map(({ answer_start: start }) => start!) }
}

function fieldsOf(value: Json): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

function isList(value: Json): value is readonly Value[] {
  return Array.isArray(value)
}
