/** How many parts of one object are transferred at once: with parts of 16 MiB, 64 MiB. */
export const PARTS_AT_ONCE = 4
