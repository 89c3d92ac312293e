/** How a tape is laid: Chinese by the English text of the program that was translated. */
export const tape: Readonly<Record<string, string>> = {
  'Caliper across the widest part of the head, above the ears, held level.': '用卡尺量头部最宽处，在双耳上方，保持水平。',
  'Caliper from the glabella to the farthest point of the back of the head on the midline.': '用卡尺由眉间量至头后部正中线上最远的一点。',
  'Tape from the deepest point of the nasal bridge over the top of the head, on the midline, to the bump at the back (the external occipital protuberance).': '软尺由鼻梁最深处沿正中线越过头顶，至头后的隆起（枕外隆凸）。',
  'Tape from the point just in front of the left ear\'s tragus over the top of the head, through the middle of the nasion–inion arc, to the same point on the right.': '软尺由左耳耳屏前的点越过头顶，经鼻根点至枕外隆凸点弧线的中点，至右侧的同一点。',
  'Tape on the midline from between the eyebrows to the front hairline. If the hair has receded, to the upper border of the forehead that wrinkles when the brows are raised.': '软尺沿正中线由两眉之间至前发际。若发际已后退，则至抬眉时起皱的前额上缘。',
  'Tape on the midline from the front hairline over the top of the head to the hairline of the nape.': '软尺沿正中线由前发际越过头顶至后发际。',
  'Tape over the brows at the glabella and, level on both sides and above the ears, round the back of the head where it reads most.': '软尺在眉间处过眉上，两侧相平并在耳上方，绕过头后部读数最大处。',
};
