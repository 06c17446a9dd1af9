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
  ])('is odd: %s', (prompt, property) => {
    expect(oddly(prompt)).toEqual([property])
  })

  it.each([
    'It ends here.  Here it begins.',
    'a  b  c  d\ne  f  g  h',
    'Name:  value',
    'What does readFile do with a FileReader?',
    'What does JavaScript do?',
    'READ THE FILE',
    'theirs, theirs',
  ])('is usual: %s', (prompt) => {
    expect(oddly(prompt)).toEqual([])
  })

  it('is usual where many write so', () => {
    const some = [...USUAL, ...Array.from({ length: 6 }, (_, i) => `What does a reAder read ${i}?`)]
    expect(typedOddly(some).at(-1)).toEqual([])
  })
})
