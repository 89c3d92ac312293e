/** Questions that the sources leave open: Chinese by the English text of `atlas/settings.toml` that was translated. */
export const settings: Readonly<Record<string, string>> = {
  'Which cun measures distances to the side between the front and the back of the head?':
    '前后之间向侧方的距离用哪一种寸来量？',
  'WHO gives 9 cun between the corners of the forehead for the front and 9 cun between the mastoid processes for the back, and nothing for what lies between. A scale that passes evenly from one to the other uses both and jumps nowhere.':
    'WHO 对前部给出两额角之间 9 寸，对后部给出两乳突之间 9 寸，其间未作规定。由一种均匀过渡到另一种的尺度兼用两者，且无处突变。',
  'From the front cun at the level of the mid-anterior hairline to the back cun at the level of the mid-posterior hairline, evenly along the midline.':
    '由前发际中点水平的前部寸，沿正中线均匀过渡到后发际中点水平的后部寸。',
  'The front cun everywhere: a ninth of the distance between the corners of the forehead.':
    '全部用前部寸：两额角之间距离的九分之一。',
  'The back cun everywhere: a ninth of the distance between the mastoid processes.':
    '全部用后部寸：两乳突之间距离的九分之一。',
  'Which cun measures upward above the ear and on the temple?':
    '耳上和颞部向上的距离用哪一种寸来量？',
  'WHO measures GB8 and GB9 in cun above the ear and does not say in which. The vault\'s cun is the measure of the hairy head, on which these points lie; it is also the one best determined.':
    'WHO 以耳上若干寸规定 GB8 和 GB9，未说明用哪一种寸。颅顶的寸是有发部位的尺度，两穴正在此处；它也是测定得最准的一种。',
  'A twelfth of the distance between the anterior and the posterior hairline.':
    '前、后发际之间距离的十二分之一。',
  'A third of the distance from the glabella to the anterior hairline.':
    '眉间至前发际距离的三分之一。',
  'A ninth of the distance between the corners of the forehead.':
    '两额角之间距离的九分之一。',
  'A ninth of the distance between the mastoid processes.':
    '两乳突之间距离的九分之一。',
  'How is the head held when a source says vertical or horizontal?':
    '来源说垂直或水平时，头如何摆放？',
  'No source names the pose. The Frankfurt plane is the usual standard of a head looking straight ahead; it needs orbitale and porion. Where the head lacks them the plane through nasion and preauricular points stands in, which is tilted against it by several degrees.':
    '没有来源说明姿势。法兰克福平面是平视前方之头的通用标准；它需要眶下缘点和外耳道上缘点。头上没有这些点时，以鼻根和两耳前点的平面代替，它与前者相差数度。',
  'The plane through the lower margins of the orbits and the upper margins of the ear canals is horizontal.':
    '通过两眶下缘和两外耳道上缘的平面为水平。',
  'The plane through the nasion and both preauricular points is horizontal.':
    '通过鼻根和两耳前点的平面为水平。',
  'Where is the anterior hairline taken to be where it cannot be seen?':
    '前发际看不见时，取在何处？',
  'A hairline that was measured or marked is better than any rule. The rules are alternatives for a receded or unclear hairline and differ from each other. They give the middle of the hairline only: its corners stay as the head carries them.':
    '测得或标出的发际胜过任何规则。各规则用于发际后退或不清者，彼此不同。它们只给出发际的中点：发角仍按该头所载。',
  'The hairline that the head carries.':
    '该头所载的发际。',
  'Glabella to GV14 over the vertex is 18 cun: the anterior hairline lies 3 cun behind the glabella, the posterior 3 cun above GV14.':
    '眉间经头顶至 GV14 为 18 寸：前发际在眉间后 3 寸，后发际在 GV14 上 3 寸。',
  '5 cm above the glabella along the midline, by Jiao.':
    '沿正中线眉间上 5 厘米，按焦氏。',
  '6 cm above the glabella along the midline, as one page gives Jiao\'s rule.':
    '沿正中线眉间上 6 厘米，某页资料所载的焦氏规则。',
};
