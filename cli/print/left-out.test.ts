import { expect, it } from 'vitest'
import { leftOutLines } from './left-out.ts'

it('says what there was no room for, and nothing where there was', () => {
  const of = (records: number, columns: number, prints: number, words?: number, places?: number) =>
    leftOutLines('mails', {
      windows: 48,
      leftOut: {
        records,
        columns,
        prints,
        ...(words !== undefined && { words }),
        ...(places !== undefined && { places }),
      },
    })
  expect(of(0, 0, 0)).toEqual([])
  expect(leftOutLines('mails', undefined)).toEqual([])
  expect(of(1, 0, 0)).toEqual([
    'mails: the pool has no room for all that 48 windows would give; left out: 1 record of those chosen',
  ])
  expect(leftOutLines('talks', { windows: 4, leftOut: { records: 0, columns: 0, prints: 0, keys: 3 } })).toEqual([
    'talks: the pool has no room for all that 4 windows would give; left out: 3 rare words and runs of words of exchanges',
  ])
  expect(of(1200, 30, 5000, 70, 9)).toEqual([
    'mails: the pool has no room for all that 48 windows would give; left out: 1,200 records of those chosen; 30 columns of numbers, other ones in each; the prints of 5,000 records; 70 rare words, other ones in each; the places of 9 rare words',
  ])
})
