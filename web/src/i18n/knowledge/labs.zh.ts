/** Laboratory values: Chinese by the English text of `atlas/labs.toml` that was translated. */
export const labs: Readonly<Record<string, string>> = {
  'Cardiovascular risk: below 1 low, 1 to 3 average, above 3 high; above 10 is an acute reaction, to be repeated after 2 weeks.': '心血管风险：低于 1 为低，1 至 3 为中，高于 3 为高；高于 10 为急性反应，2 周后复查。',
  'One list prints mg/dL for the same cut-offs: a misprint.': '一份清单对同样的界值印作 mg/dL：误印。',
  'Depends on the assay; two code lists give below 5.3 and below 7.': '取决于检测方法；两份代码清单给出低于 5.3 和低于 7。',
  'Depends on the assay; one list gives below 8.1.': '取决于检测方法；一份清单给出低于 8.1。',
  'No agreed range; often below detection.': '没有公认范围；常低于检出限。',
};
