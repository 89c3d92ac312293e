/** Text of what is printed: the step that offers it. The pages themselves are written by the server. */
export const paper = {
  'paper.about': 'PDFs with their fonts inside, made on this machine. They open in a window of their own, to be printed or kept.',
  'paper.language': 'Language of the pages',
  'paper.en': 'English',
  'paper.zh': 'Chinese',
  'paper.next': 'Next visit, for the patient’s page',
  'paper.sheet': 'Needle sheet',
  'paper.sheetabout': 'Needle by needle: how to find it on this head, side, depth, picture, tick boxes.',
  'paper.draft': 'The plan is a draft, and the sheet says so.',
  'paper.page': 'The patient’s page',
  'paper.pageabout': 'In plain words, with the picture of the head and the next visit.',
  'paper.letter': 'Letter on the session of {at}',
  'paper.letterabout': 'Diagnoses, what was done, outcomes against published changes, adverse events.',
  'paper.open': 'Open',
} as const;
