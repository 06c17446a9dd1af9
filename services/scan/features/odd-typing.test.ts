import { describe, expect, it } from 'vitest'
import { typedOddly } from './odd-typing.ts'

describe('how a text is typed', () => {
  it.each([
    ['a wo\u200Brd with a blank of no width', 'the invisible character U+200B'],
    ['p\u0430ypal has a Cyrillic letter', 'look-alike letters of another script within a word'],
    ['p\u0430ypal beside what no decoder read: \uFFFD\uFFFD', 'look-alike letters of another script within a word'],
    ['ˈp\u0430ypəl in a transcription', 'look-alike letters of another script within a word'],
    ['wiθ, in no transcription', 'look-alike letters of another script within a word'],
    ['two  blanks here', 'two blanks between words'],
    ['EVERY WORD OF IT IS LOUD', 'capitals throughout'],
    ['it is typed bY TuRnS here', 'capitals by turns within a word'],
  ])('is odd: %s', (text, property) => {
    expect(typedOddly(text)).toEqual([property])
  })

  it.each([
    'Plain words, and a full stop.  Another sentence.',
    'ПО-РУССКИ и по-русски',
    'readFile and JavaScript',
    'a  table  of  four',
    'NASA',
    'wɪθ ju ˈdʊrɪŋ ðə sˈməβər',
    'what a decoder made of another encoding: E-mail\uFFFD\uFFFD\u01FEW\uFFFD\u03E0I\uFFFDN\uFFFD, q\u0430b\uFFFD, \uFFFD\u0430\uFFFD',
  ])('is usual: %s', (text) => {
    expect(typedOddly(text)).toEqual([])
  })

  it('is told of one word of half a million letters', () => {
    const long = 'a'.repeat(500_000)
    expect(typedOddly(long)).toEqual([])
    expect(typedOddly(`${long}\u0430`)).toEqual(['look-alike letters of another script within a word'])
  })
})
