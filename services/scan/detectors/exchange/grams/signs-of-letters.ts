/**
 * The signs of Devanagari, Thai and other scripts that belong to the letter before them, as a regular expression's class (flag `v`).
 * Accents that any script may use are not among them: put behind a letter, they are something to be found.
 */
export const SIGNS_OF_LETTERS = String.raw`[\p{M}--\p{Script=Inherited}--\p{Script=Common}]`

const SIGN_OF_LETTER = new RegExp(`^${SIGNS_OF_LETTERS}$`, 'v')

export function isSignOfLetter(character: string): boolean {
  return SIGN_OF_LETTER.test(character)
}
