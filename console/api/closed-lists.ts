/** Where a held record stands now. */
export const STANDINGS = ['quarantined', 'rejected', 'released', 'recalled'] as const
/** What held records are listed by: `risk` and `held` come largest or oldest first, `place` as they stand in their datasets. */
export const SORTS = ['risk', 'held', 'place', 'label', 'contributor'] as const
/** Which way, where it is not the one that each goes by itself. */
export const DIRECTIONS = ['ascending', 'descending'] as const
/** What should become of a held record. */
export const VERDICTS = ['release', 'reject', 'relabel'] as const
/** What a completion of a query is. */
export const COMPLETED = ['field', 'value', 'example'] as const
/** What bytes of a record are played as. */
export const SOUNDS = ['wav', 'ogg', 'flac', 'mp3'] as const
/** What a window's records can be told apart by, besides what the scan says of them. */
export const ATTRIBUTES = ['label', 'contributor'] as const
/** In what a window can have moved from those before it. */
export const MOVED = ['inputs', 'labels', 'labels given inputs'] as const
/** What is planted in a copy of a window, to see whether its scan would hold it. */
export const CANARIES = ['trigger', 'label', 'flood', 'outlier'] as const
