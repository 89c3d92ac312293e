/** Text of what is printed. */
export const paper = {} as const;
