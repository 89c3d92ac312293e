/** Text of the rooms Course and Clinic. */
export const course = {} as const;
