/**
 * Windows of fewer records are judged with more caution. What is estimated from them is compared with itself
 * (distances), or is less certain than the formulas assume (expected labels). Larger windows need no correction.
 */
export const ENOUGH_RECORDS = 2000
