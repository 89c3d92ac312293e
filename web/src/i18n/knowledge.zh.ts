/**
 * Chinese translations of texts of the evidence, by the English text that was translated.
 *
 * The texts themselves are data of `atlas/claims`. When one of them changes, its translation no longer fits it and is
 * not shown any more; a test says which.
 */
const TRANSLATIONS: Readonly<Record<string, string>> = {
  "Blood flow and oxygenation of the brain":
    "脑血流与脑氧合",
  "Needling the scalp raises blood flow and oxygenation in the brain.":
    "针刺头皮可增加脑的血流和氧合。",
  "Some small studies measured higher flow velocity or more oxygenated blood after scalp needling. None of them had a sham, and light-based measurements are easily misled by blood in the scalp itself. It may be true; it has not been shown.":
    "一些小型研究在头皮针刺后测到更高的血流速度或更多的氧合血。这些研究都没有假针对照，而光学测量很容易受头皮自身血流的干扰。这可能是真的，但尚未证实。",
  "Focus: what it is for":
    "用途：用来治什么",
  "Scalp acupuncture is for disorders of the brain and nerves and does better there than body acupuncture; body acupuncture treats the whole.":
    "头针用于脑和神经的病症，在这方面优于体针；体针调治整体。",
  "Set side by side, scalp and body acupuncture come out much alike. Adding the scalp to the body looks better in some trials, the weakest ones among them. That the scalp is mostly used for the brain is true; that it is better for it has not been shown. That regular acupuncture is broader is true of its use and of its evidence: for pain, nausea, constipation and incontinence it beat sham in large trials and reviews, mostly by a little, and for births and hot flushes it did not; no such trials of the scalp outside the brain were seen.":
    "并列比较，头针与体针的结果大致相当。在体针之外加用头针，在一些试验中看来更好，其中包括质量最差的试验。头针主要用于脑病，这是事实；在这方面优于体针，则未证实。常规针刺用途更广，就其应用与证据而言都是事实：对疼痛、恶心、便秘和失禁，在大型试验与综述中优于假针，多数只优一点；对活产和潮热则不然。头针用于脑病以外的这类试验，未见到。",
  "Inflammation":
    "炎症",
  "Scalp acupuncture lowers inflammation after brain injury.":
    "头针可减轻脑损伤后的炎症。",
  "One small trial without sham reports lower markers within a week of stroke. In rodents electroacupuncture lowers them clearly, but those studies are not about the scalp, and unpublished ones may be missing.":
    "一项没有假针对照的小型试验报告，卒中后一周内炎症指标较低。在啮齿动物中，电针明显降低这些指标，但那些研究与头皮无关，而且可能缺少未发表的结果。",
  "Neuroplasticity":
    "神经可塑性",
  "Scalp acupuncture promotes the reorganisation of the brain after injury.":
    "头针促进脑损伤后的功能重组。",
  "Imaging measures changed in small trials without sham, and in one trial the same measure rose in both arms. Recovery scores are better in unblinded trials; in the one sham-controlled scalp trial in stroke they were better on one scale and not on two others.":
    "在没有假针对照的小型试验中，影像指标有变化；而在一项试验中，同一指标在两组中都升高。非盲试验中的恢复评分较好；唯一一项有假针对照的头针卒中试验中，一个量表较好，另两个没有差别。",
  "Points: where the needles go":
    "穴位：针刺何处",
  "Scalp acupuncture uses lines and zones of the head, body acupuncture points along the channels of the whole body, and the choice matters.":
    "头针取头部的线和区，体针取全身经络上的穴位，而且取何处很重要。",
  "That the needles go to different places is a matter of description. That the choice matters to patients has not been shown: where points were compared, results were mostly alike, and in the best data on body points everything that tells true needling from sham adds up to about a fifth of a standard deviation.":
    "针刺部位不同，这是描述。取何处对患者是否重要，尚未证实：凡是比较过穴位的研究，结果大多相当；体针最好的数据中，真针与假针之间的全部差别合计约为五分之一个标准差。",
  "Targeted stimulation of the brain":
    "对大脑的定向刺激",
  "Needling a zone of the scalp acts on the part of the cortex beneath it more than needling elsewhere would.":
    "针刺头皮某区，对其下方皮层的作用大于针刺别处。",
  "Nobody has shown that needling a scalp zone changes the cortex under that zone more than a distant site would. Studies near to the question are small, about other points, or point the other way.":
    "没有人证实，针刺头皮某区对该区下方皮层的影响大于针刺远处。与此问题相近的研究，或规模小，或针对其他穴位，或结果相反。",
  "Technique: how the needles are used":
    "手法：如何用针",
  "Scalp needles are threaded flat beneath the scalp and rotated fast or driven electrically, body needles are set deeper and moved less; the technique is part of the effect.":
    "头针沿头皮下平刺并快速捻转或通电，体针刺得较深、行针较少；手法是疗效的一部分。",
  "The technique differs, and its sources differ among themselves: rotation from 90 to 405 a minute, retention from a quarter of an hour to three days. Which of it matters on the scalp has not been tested, except that one small trial found more improvement with electrical stimulation. On the body depth was compared: deeper did better in headache and constipation, and made no difference in the largest trial, of births. No effect can be pooled: the scalp trial gives means and deviations without the sizes of its arms, and no two trials compare the same element of technique in the same complaint.":
    "手法确有不同，各家资料之间也不一致：捻转每分钟 90 至 405 次，留针从一刻钟到三天。在头部，其中哪一点重要尚未检验；只有一项小型试验发现加电刺激者改善更多。在体针，比较过深浅：头痛与便秘中深刺较好，最大的一项试验（活产）则无差别。各项结果无法合并：头针的那项试验给出均数与标准差而未给各组人数，也没有两项试验在同一病症中比较同一手法要素。",
  "Zones: the map behind the needles":
    "分区：用针所依的图",
  "Scalp acupuncture follows a map of the cortex projected onto the scalp, body acupuncture the channels.":
    "头针依据大脑皮层在头皮上的投影图，体针依据经络。",
  "As a description it is half true: some zones are drawn over the cortex that they are named for, many are not, and schools draw them differently. How well any zone lies over its cortex in living people has not been measured; Baihui computes it for each head and says how sure it is.":
    "作为描述，这话对了一半：有些区画在其所名的皮层之上，许多则不是，而且各流派画法不同。在活体人头上，各区与其皮层对应得如何，尚无人测量；百会为每个头部计算，并说明有多大把握。",
};

/** The Chinese of a text, if just this text was translated. */
export function inChinese(text: string): string | undefined {
  return Object.hasOwn(TRANSLATIONS, text) ? TRANSLATIONS[text] : undefined;
}

export const TRANSLATED: readonly string[] = Object.keys(TRANSLATIONS);
