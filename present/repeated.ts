import { plural, visible } from './text.ts'

/** A file that came before under another name, and the approximate share of the smaller one that is in the other, 0 to 1. */
export interface Repeated {
  readonly partition: string
  readonly earlier: string
  readonly share: number
}

/** A sentence for each of the first `most` files, and one for the others. */
export function repeatedSentences(repeated: readonly Repeated[], most: number): string[] {
  const sentences = repeated.slice(0, most).map(({ partition, earlier, share }) => {
    const all = share >= 1 ? 'all, or nearly all, of ' : `about ${Math.floor(share * 100)} % of `
    return `${visible(partition)} repeats ${visible(earlier)}: ${all}what the smaller of them holds is in the other.`
  })
  const left = repeated.length - sentences.length
  return left > 0 ? [...sentences, `${plural(left, 'more file')} repeat earlier ones.`] : sentences
}
