import { InvalidArgumentError } from 'commander'

/** Parses the value of an option that counts something: a whole number from 1 on. Throws commander's error for any other. */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number from 1 on')
  return value
}
