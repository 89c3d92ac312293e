/** What is said of both systems: Chinese by the English text of `atlas/difference.toml` and of methods in `atlas/techniques.toml`. */
export const difference: Readonly<Record<string, string>> = {
  'the loose layer beneath the aponeurosis of the scalp, flat along the skull': '头皮帽状腱膜下的疏松层，沿颅骨平刺',
  'no one layer is stated: upright where muscle is thick, which is most points; at about 45 degrees where it is thin or an organ lies near, as on chest and back; flat where skin lies on bone, as on the face':
    '未规定单一层次：肌肉丰厚处直刺，多数穴位如此；肌薄或邻近脏器处约成 45 度斜刺，如胸背；皮下即骨处平刺，如面部',
  'at least one adverse event in 9.31 % of patients (95 % interval 5.10 to 14.62) per series of treatments, in 7.57 % of treatments (1.43 to 17.95); serious ones in 1.01 of 10,000 patients (0.23 to 2.33); half of all are bleeding, pain and flare':
    '每个疗程至少有一次不良事件的患者占 9.31 %（95 % 区间 5.10 至 14.62），治疗次数占 7.57 %（1.43 至 17.95）；严重不良事件每 10,000 名患者 1.01 名（0.23 至 2.33）；全部之中一半为出血、疼痛和一过性加重',
  '21 prospective studies of any acupuncture': '21 项前瞻性研究，任何针刺',
  '8.6 % of patients with at least one adverse event, 2.2 % needing treatment; bleeding or haematoma 6.1 %, pain 1.7 %; two pneumothoraces':
    '至少有一次不良事件的患者占 8.6 %，需要治疗者 2.2 %；出血或血肿 6.1 %，疼痛 1.7 %；气胸两例',
  '229,230 patients, 10.2 treatments each on average, any acupuncture': '229,230 名患者，人均治疗 10.2 次，任何针刺',
  '3.76 % of patients with at least one adverse event, none serious; haematoma the most frequent': '至少有一次不良事件的患者占 3.76 %，均不严重；以血肿最多',
  '1,968 patients, any acupuncture': '1,968 名患者，任何针刺',
  '479 cases with 14 deaths: pneumothorax, fainting, bleeding within the skull, infection among them; reports of cases have no denominator':
    '479 例，其中死亡 14 例：包括气胸、晕针、颅内出血、感染；病例报告没有分母',
  '115 papers in Chinese, any acupuncture': '115 篇中文文献，任何针刺',
  'the scalp bleeds more than other regions: press longer, and look a second time when all needles are out': '头皮比其他部位更易出血：按压时间宜长，全部出针后再查看一次',
  'a manual of clean needling': '一部洁净针刺手册',
  // Whose way of needling a statement is about.
  'ordinary needling of head points, at most 0.5 cun; other teaching needles GV17-GV24 transversely': '头部穴位的普通刺法，最多 0.5 寸；另有教学将 GV17-GV24 平刺',
  'ordinary needling of head points': '头部穴位的普通刺法',
  Hao: '郝氏',
  Zhu: '朱氏',
  'Hao; Zhu': '郝氏；朱氏',
  'convalescence after brain-stem haemorrhage': '脑干出血恢复期',
  reinforcing: '补法',
  reducing: '泻法',
  electroacupuncture: '电针',
};
