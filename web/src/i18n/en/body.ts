/** Text of the body. */
export const body = {} as const;
