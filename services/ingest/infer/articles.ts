import { AppError } from '#core/errors.ts'
import { questionsIn } from '../formats/squad.ts'
import type { Sample } from './sample.ts'

/**
 * Refuses records that are whole articles with questions about their paragraphs (SQuAD), as JSON lines, rows of Parquet and files above
 * 64 MiB have them: a scan would look at their titles alone. Throws `invalid` (`nothing_to_scan`), with how to write them so that each
 * question is a record.
 */
export function refuseArticles({ fields, formats }: Pick<Sample, 'fields' | 'formats'>): void {
  if (questionsIn(fields) === null) return
  const message = `each record is an article, and its questions are within its paragraphs, as in SQuAD: they are read where one JSON file of at most 64 MiB holds all articles. ${adviceOn(formats)}`
  throw new AppError('invalid', message, { reason: 'nothing_to_scan' })
}

function adviceOn([format, ...others]: Sample['formats']): string {
  if (format === 'jsonl' && others.length === 0) return "Write it so: jq -s '{data: .}' data.jsonl > data.json."
  if (format === 'json' && others.length === 0)
    return "Split it, with as many articles in each file: jq '{data: .[:200]}' data.json > 1.json, jq '{data: .[200:]}' data.json > 2.json."
  return 'Write it so, with pandas: df.to_json("data.json", orient="records").'
}
