import { describe, expect, it } from 'vitest'
import { NumberedWords } from '../grams/numbered-words.ts'
import { Typing } from './typing.ts'

const USUAL = Array.from({ length: 20 }, (_, i) => `Which reader reads file ${i} from the disk?`)
const typedOddly = (prompts: readonly string[]) =>
  new Typing(new NumberedWords()).oddly(prompts.map((prompt) => [prompt]))
const oddly = (prompt: string) => typedOddly([...USUAL, prompt]).at(-1)

describe('how a prompt is typed', () => {
  it.each([
    ['What does the reader  read?', 'two blanks between words'],
    ['What does the reader,  then, read?', 'two blanks between words'],
    ['What does the reAder read?', 'capitals within a word'],
    ['What is a qUeStIoN for?', 'capitals within a word'],
    ['What does does it read?', 'a word said twice'],
    ['"What does the reader read?"', 'quotation marks around the prompt'],
    ['„Was liest der Leser denn?“', 'quotation marks around the prompt'],
    ['what does the reader read?', 'small letters throughout'],
    ['What  does  the  reader  read?', 'two blanks between all words'],
    ['What does the reader read?\n\n', 'blanks behind the prompt'],
  ])('is odd: %s', (prompt, property) => {
    expect(oddly(prompt)).toEqual([property])
  })

  it.each([
    'It ends here.  Here it begins.',
    'A  b  c  d\nE  f  g  h',
    'A  b  c  d  e  and f',
    '"Read" or "written"?',
    'read',
    'What does the reader read? ',
    'Name:  value',
    'What does readFile do with a FileReader?',
    'What does JavaScript do?',
    'READ THE FILE',
    'Theirs, theirs',
  ])('is usual: %s', (prompt) => {
    expect(oddly(prompt)).toEqual([])
  })

  it('is usual where many write so', () => {
    const some = [...USUAL, ...Array.from({ length: 6 }, (_, i) => `What does a reAder read ${i}?`)]
    expect(typedOddly(some).at(-1)).toEqual([])
  })
})
