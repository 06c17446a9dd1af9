/**
 * Windows of fewer records are judged with more caution: what is estimated from them is compared with itself (distances),
 * or known less well than the formulas take it for (expected labels). From here on nothing is corrected.
 */
export const ENOUGH_RECORDS = 2000
