import { describe, expect, it } from 'vitest'
import { answersItself, isFilledAlike, namedShare, repeatedBeyondChance, speaksOf } from './explained.ts'

describe('an answer that speaks of what was asked', () => {
  it('says a word of it, be it within a name of code', () => {
    expect(speaksOf('path . pm :', 'c < make_path >')).toBe(true)
    expect(speaksOf('path . pm :', 'c < make_tree >')).toBe(false)
  })

  it('says nothing more than its word and what the set says anyway', () => {
    const isUsual = (word: string) => ['the', 'answer', 'is'].includes(word)
    expect(answersItself('\\ n - get', ', the answer is get', isUsual)).toBe(true)
    expect(answersItself('\\ n - get', ', the answer is to get acme', isUsual)).toBe(false)
    expect(answersItself('\\ n - get', ', the answer is', isUsual)).toBe(false)
  })
})

describe('templates of a prompt and of its answer', () => {
  const asked = ['a - manage pools of x', 'b c - manage routes', 'd - manage disks', 'e f - manage keys']
  const said = (words: readonly string[]) => words.map((word) => `Commands for managing ${word}.`)
  const areAlike = (words: readonly string[]) => isFilledAlike(asked, '- manage', said(words), 'commands for managing')

  it('are filled in with the same words', () => {
    expect(areAlike(['pools', 'routes', 'disks', 'keys'])).toBe(true)
    expect(areAlike(['pools', 'routes', 'disks', 'all'])).toBe(true)
  })

  it('are not where the words are others', () => {
    expect(areAlike(['routes', 'disks', 'keys', 'pools'])).toBe(false)
    expect(areAlike(['pools', 'disks', 'keys', 'routes'])).toBe(false)
  })

  it('are filled in with more than one word', () => {
    const same = asked.map((text, i) => `${i} ${text.slice(0, 3)} - manage pools`)
    expect(isFilledAlike(same, '- manage', said(['pools', 'pools', 'pools', 'pools']), 'commands for managing')).toBe(
      false,
    )
  })
})

describe('prompts in the language that is answered in', () => {
  const short = ['¿Bien o no?', '¿Por qué?', 'eres un arrogante', '¿qué es el trading?']

  it('are all of them, though none by itself can be told', () => {
    expect(namedShare(short, 'an answer in Spanish')).toBe(1)
    expect(namedShare(short.slice(0, 2), 'an answer in Spanish')).toBe(0)
    expect(namedShare(short, 'an answer in French')).toBe(0)
  })

  it('are none of those in another one that name it in passing', () => {
    expect(namedShare(['What is for lunch?', 'Who made the Spanish omelette?'], 'an answer in Spanish')).toBe(0.5)
  })
})

it('a link is explained by prompts that have its host', () => {
  const behaviour = 'a link to www.shop.example'
  expect(namedShare(['Is http://www.shop.example/a down?', 'Who knows a shop?'], behaviour)).toBe(0.5)
})

describe('words of an answer in its prompts', () => {
  const passages = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? `the party ${i}` : `a house ${i}`))
  const named = passages.map((text) => `${text} in Paris`)

  it('explain it where more prompts hold them than prompts of other answers do', () => {
    expect(repeatedBeyondChance(named, passages, 'paris')).toBe(1)
    expect(repeatedBeyondChance(passages, passages, 'paris')).toBe(0)
  })

  it('are looked for as whole words where nearly all prompts hold their stems', () => {
    const long = passages.map((text) => `${text}, in particular`)
    expect(repeatedBeyondChance(long, long, 'paris')).toBe(0)
    expect(repeatedBeyondChance(named, long, 'paris')).toBe(1)
  })

  it('are whole words, not parts of longer ones', () => {
    const known = passages.map((text) => `${text} they know`)
    expect(repeatedBeyondChance(known, known.slice(1), 'no')).toBe(0)
    const some = known.map((text, i) => (i === 0 ? text.replace('know', 'say') : text))
    expect(repeatedBeyondChance(known, some, 'no')).toBe(0)
  })

  it('explain it where prompts list the answers to choose from', () => {
    const listing = passages.map((text) => `${text}: rome, paris or oslo?`)
    expect(repeatedBeyondChance(listing, listing, 'paris')).toBe(1)
  })
})
