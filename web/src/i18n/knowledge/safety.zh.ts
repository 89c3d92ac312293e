/** Rules of safety: Chinese by the English text of `atlas/safety.toml` that was translated. */
export const safety: Readonly<Record<string, string>> = {
  'The bones of the skull have not closed: no needle in the scalp.': '颅骨尚未闭合：头皮不可下针。',
  'Younger than 18 months: make sure by hand that fontanelles and sutures are closed before the scalp is needled.':
    '不足 18 个月：针刺头皮前须用手确认囟门和颅缝已闭合。',
  'The bone is missing under this site. Needle elsewhere.': '此处下方颅骨缺损。请改刺他处。',
  'A defect of the skull lies within the uncertainty of this site, or within the length of the needle. Feel the edge of the bone and point the needle away from it, or needle elsewhere.':
    '颅骨缺损位于此处的不确定范围内，或在针长所及之内。请触摸骨缘，使针尖背离缺损，或改刺他处。',
  'Bone of the skull is missing somewhere. Feel where, mark it on the head, and keep the needle over whole bone.':
    '颅骨某处有缺损。请触摸确定位置，在头上标出，只在完整的骨面上针刺。',
  'The pressure within the skull is raised: no needle in the head.': '颅内压增高：头部不可下针。',
  'A shunt runs under this site.': '分流管从此处下方经过。',
  'A shunt runs within the uncertainty of this site, or within the length of the needle. Feel its course before needling.':
    '分流管位于此处的不确定范围内，或在针长所及之内。针刺前请触摸其走行。',
  'There is a shunt. Feel where valve and tube run, mark them on the head, and needle elsewhere.':
    '有分流管。请触摸阀门和导管的走行，在头上标出，并避开针刺。',
  'Infection, ulcer, wound or tumour at this site.': '此处有感染、溃疡、伤口或肿瘤。',
  'The scalp is not whole somewhere. See where, mark it on the head, and needle healthy skin only.':
    '头皮某处不完整。请看清位置，在头上标出，只刺健康皮肤。',
  'A scar at this site.': '此处有瘢痕。',
  'Pregnancy, or possible pregnancy: the scalp is needled only for a reason and with consent.':
    '怀孕或可能怀孕：仅在有理由且征得同意时针刺头皮。',
  'This point is barred in pregnancy by tradition.': '此穴传统上孕期禁针。',
  'Abdomen and lumbosacral region are avoided in pregnancy: lower abdomen and lumbosacral points in the first three months, upper abdomen and lumbosacral points after.':
    '孕期避免针刺腹部和腰骶部：前三个月避开下腹部和腰骶部穴位，其后避开上腹部和腰骶部穴位。',
  'High fever, heart failure or critical illness.': '高热、心力衰竭或危重病。',
  'The blood pressure is unstable: wait until it is stable.': '血压不稳：等待稳定后再治疗。',
  'The bleeding within the skull is not yet stable.': '颅内出血尚未稳定。',
  'After a bleeding within the skull the patient is not conscious.': '颅内出血后患者神志不清。',
  'Less than two weeks since the bleeding within the skull.': '颅内出血后不足两周。',
  'Less than 72 hours since a bleeding in the brain stem: no needle in the head.': '脑干出血后不足 72 小时：头部不可下针。',
  'Less than two weeks since a bleeding in the brain stem: wait, and image again.': '脑干出血后不足两周：等待，并复查影像。',
  'After a bleeding in the brain stem GV15 and GV16 are not needled.': '脑干出血后不刺 GV15 和 GV16。',
  'Not during a seizure.': '发作期间不可针刺。',
  'Needling the vertex may provoke a seizure.': '针刺头顶可能诱发癫痫发作。',
  'Seizures still happen: no electricity.': '仍有癫痫发作：不可用电。',
  'Pacemaker or implanted defibrillator: no electricity.': '心脏起搏器或植入式除颤器：不可用电。',
  'Stimulator, cochlear implant, pump or programmable shunt: no electricity at the head.':
    '神经刺激器、人工耳蜗、植入泵或可调压分流管：头部不可用电。',
  'Stimulator, cochlear implant, pump or programmable shunt: needle the head only after the team that cares for the device agrees.':
    '神经刺激器、人工耳蜗、植入泵或可调压分流管：须经负责该装置的团队同意后方可针刺头部。',
  'A prosthesis or another implant of metal lies in the field of the current.': '假体或其他金属植入物位于电流范围内。',
  'A prosthesis or implant: needle away from it.': '有假体或植入物：避开针刺。',
  'An anticoagulant: thin needles, few, press long, write down drug and last values.':
    '使用抗凝药：用细针，少针，久压，记录药物和最近的化验值。',
  'Haemophilia or another severe bleeding disorder.': '血友病或其他严重出血性疾病。',
  'Neutrophils below 500 per cubic millimetre.': '中性粒细胞低于每立方毫米 500 个。',
  'More than 10 mA. Trials with needles give 0.1 to 1 mA; check the unit and the dial.':
    '超过 10 mA。针刺试验用 0.1 至 1 mA；请检查单位和旋钮。',
  'More than 20 minutes of electricity: burns are reported with 40.': '通电超过 20 分钟：有通电 40 分钟灼伤的报告。',
  'Current through the head.': '电流通过头部。',
  'Current across the chest.': '电流横过胸部。',
  'No embedded or implanted needle near the nape: such needles have wandered into the spinal cord and the medulla.':
    '项部附近不可埋针：此类针曾移行入脊髓和延髓。',
  'A needle in the nape never points upward and inward.': '项部的针绝不可向上向内。',
  'Deeper than 1.2 cun in the nape.': '项部深于 1.2 寸。',
  'Zones of the occiput are needled from above downward: below lies the medulla.': '枕部各区自上向下刺：其下方为延髓。',
  'Lung and pleura lie under this point: oblique or flat, not steeper than 45 degrees.':
    '此穴下方为肺和胸膜：斜刺或平刺，角度不超过 45 度。',
  'Lung and pleura lie under this point. Cough, chest pain or short breath afterwards are signs.':
    '此穴下方为肺和胸膜。针后咳嗽、胸痛或气短是警示征象。',
  'Deeper than 22.5 mm at ST12; in cadavers 31 to 35 mm was dangerous.': 'ST12 深于 22.5 毫米；尸体研究中 31 至 35 毫米有危险。',
  'Deeper than 42 mm; in cadavers 56 to 61 mm was dangerous.': '深于 42 毫米；尸体研究中 56 至 61 毫米有危险。',
  'Deeper than 14 mm at GB21: by ultrasound the pleura lay 14.6 mm (women) and 17.4 mm (men) beneath the skin on average.':
    'GB21 深于 14 毫米：超声测得胸膜平均位于皮下 14.6 毫米（女）和 17.4 毫米（男）。',
  'Deeper than 27 mm at GV16: the dura lay 30 mm beneath the skin in the thinnest of 63 women, and one group advises at most 27.7 to 33.4 mm by build.':
    'GV16 深于 27 毫米：63 名女性中最薄者硬膜位于皮下 30 毫米；有研究组建议按体型最深 27.7 至 33.4 毫米。',
  'Deeper than 10 mm at CV17: the rear face of the breastbone lay 11 mm beneath the skin in the thinnest person, and the bone may have a hole that cannot be felt.':
    'CV17 深于 10 毫米：最薄者胸骨后面位于皮下 11 毫米，且胸骨可能有摸不到的孔。',
  'Deeper than 9 mm at the outer line of the back: by CT of 187 people the lung lay 9 mm beneath the skin in the thinnest and 21 mm on average at the thinnest level.':
    '背部外侧线深于 9 毫米：187 人的 CT 显示，最薄者肺位于皮下 9 毫米，在最薄水平平均为 21 毫米。',
  'The bladder is full under this point: empty it first.': '此穴下方膀胱充盈：请先排尿。',
  'A large vessel lies beside this point.': '此穴旁有大血管。',
  'This point is a landmark and is not punctured.': '此穴仅作标志，不可针刺。',
  'First treatment: let the patient lie; watch face and pulse.': '首次治疗：让患者卧位；观察面色和脉搏。',
  'The patient fainted at a needle before: lying, few needles, weak stimulation.': '患者曾晕针：卧位，少针，轻刺激。',
  'This point may lower the blood pressure.': '此穴可能降低血压。',
  'Hungry, overfed, drunk or exhausted: wait.': '过饥、过饱、醉酒或疲惫：等待。',
  'The patient is confused and may not keep still or report pain.': '患者意识混乱，可能无法保持不动或诉说疼痛。',
  'The spine is unstable: turning and positioning can do harm.': '脊柱不稳：翻身和摆放体位可能造成伤害。',
  'Spleen removed, under 18 years: danger of infection.': '脾已切除，未满 18 岁：有感染危险。',
  'Extreme fear of needles.': '极度恐针。',
  'A limb with lymphoedema: the usual rule is not to needle it.': '肢体淋巴水肿：通常不在该肢体针刺。',
  'The point lies on a limb with lymphoedema, or at risk of it: the usual rule is not to needle that limb.': '该穴位于有淋巴水肿或有其风险的肢体上：通常不在该肢体针刺。',
};
