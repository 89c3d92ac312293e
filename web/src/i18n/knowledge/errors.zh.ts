/**
 * What the server refuses, and what it asks to look at: Chinese by the texts of the program. `{}` is a hole that the program
 * fills; `{a}`, `{b}`, … are the first, the second and so on in the Chinese. A test looks for each of them in the program. What
 * has no Chinese is shown in English: nothing is lost.
 */

import { regionName } from '../regions.zh';

/** Signing in, versions, what may be done, what a request says. */
const door: Readonly<Record<string, string>> = {
  'name or password is wrong': '姓名或密码错误',
  'nobody is signed in': '未登录',
  'a name has 1 to 80 characters': '姓名须为 1 至 80 个字符',
  'a password has at least {} characters': '密码至少须有 {a} 个字符',
  'a name, and a password of at least {} characters': '须有姓名和至少 {a} 个字符的密码',
  'there is a "{}" already': '已有“{a}”',
  'the record has its people already; sign in': '病历库已有人员；请登录',
  'this person no longer works here': '此人已不在此工作',
  'more requests came than the server takes at once; wait a second': '请求超过服务器一次所能接受的数量；请稍候一秒',
  'the header {} is missing or old; sign in again': '请求头 {a} 缺失或已过期；请重新登录',
  'the server is not called "{}"': '服务器不叫“{a}”',
  'the request comes from another page': '请求来自另一页面',
  'the server has no record open': '服务器未打开病历库',
  'start it with --record FILE, or with --demo to try it': '请以 --record 文件 启动，或以 --demo 试用',
  '{} may not do this (it needs the permission "{}")': '{a}无权做此事（需要权限“{b}”）',
  'someone without a role': '无角色者',
  'role {}': '角色“{a}”',
  '{} {} has changed meanwhile: it is at version {}, the change was made to version {}': '{a} {b} 在此期间已更改：现为第 {c} 版，而更改是针对第 {d} 版作出的',
  'read it again and repeat the change on what is there now': '请重新读取，并在现有内容上再作此更改',
  'there is no {} {} in this record': '此病历库中没有{a} {b}',
  '{} {} was erased': '{a} {b} 已被删除',
  'the idempotency key was used for another request before': '该请求键此前已用于另一请求',
  'the version that the change was made to is missing; expected the header If-Match or "version" in the body': '未说明更改所针对的版本；应有请求头 If-Match 或内容中的“version”',
  'If-Match says version {}, the body says {}': 'If-Match 说第 {a} 版，内容说第 {b} 版',
  'the parameters: {}': '参数：{a}',
  'the body: {}': '请求内容：{a}',
  'the body must be application/json': '请求内容须为 application/json',
  'at most {} bytes are read': '最多读取 {a} 字节',
  'the computation stopped': '计算中断',
  'the record could not be {}: {}': '病历库出错（{a}）：{b}',
  '{} is damaged: {}; restore a backup, or look with `baihui record verify`': '{a} 已损坏：{b}；请恢复备份，或用 `baihui record verify` 查看',
  'not saved: {}': '未保存：{a}',
  'did you mean {}?': '是否指 {a}？',
  'there are: {}': '现有：{a}',
  '; did you mean {}?': '；是否指 {a}？',
  '; did you mean "{}"?': '；是否指“{a}”？',
};

/** Patients, answers, consents, diagnoses, plans. */
const care: Readonly<Record<string, string>> = {
  'a patient has a name': '患者须有姓名',
  'somebody else has answered, or changed the patient, meanwhile': '其他人在此期间已作答或更改了患者资料',
  'look at the answers again and repeat yours': '请重新查看回答，再填写您的回答',
  'no question is called "{}"{}': '没有名为“{a}”的问题{b}',
  '{}: {} is no answer; expected {}': '{a}：{b} 不是回答；应为{c}',
  'a number in {}, not negative': '以 {a} 计的数字，不为负',
  'true or false': '是或否',
  '{} {} is not possible here; expected {} to {} {}': '此处不可能为 {a} {b}；应为 {c} 至 {d} {e}',
  'a consent cannot have been given in the future': '同意不可能在将来作出',
  'the text that was shown is not the text of this version': '所显示的文本不是这一版的文本',
  'read the texts again': '请重新读取文本',
  'no consent to treatment stands in the record: record one, or a practitioner says why it begins without': '病历中没有有效的治疗同意：请记录同意，或由施针者说明为何未经同意而开始',
  '{} is one-sided: give the side of the deficit, the side of the lesion or both (the patient\'s)': '{a} 为单侧：请给出功能障碍的侧别、病变的侧别或两者（均指患者的）',
  'there is no condition "{}"{}': '没有病症“{a}”{b}',
  'there is no protocol "{}" for {}': '没有用于 {b} 的方案“{a}”',
  'the protocols are: {}': '现有方案：{a}',
  'a plan has at most {} needles': '一份方案最多 {a} 针',
  'version {} is signed': '第 {a} 版已签名',
  'version {} is signed already; make the next version of it': '第 {a} 版已签名；请作其下一版',
  'make the next version of it': '请作其下一版',
  'version {} is a draft already': '第 {a} 版已是草稿',
  'the rule "{}" says nothing about this plan': '规则“{a}”与此方案无关',
  'a stop cannot be overridden: change the plan': '“停止”不能推翻：请更改方案',
  'the check of the plan lists what stands in the way': '方案检查列出了所有障碍',
  'the plan cannot be signed: {} of the rules stand in the way, {} of STRICTA are missing, {} faults': '方案不能签名：{a} 条规则阻碍，STRICTA 缺 {b} 项，错误 {c} 处',
  'only a practitioner signs a plan, not a {}': '只有施针者可签署方案，{a}不可',
  'a signature needs a name': '签名须有姓名',
  'the session is of another patient': '该次治疗属于另一患者',
  'write the name in Latin letters beside, and print that': '请另以拉丁字母书写姓名，再打印',
};

/** Sessions. */
const session: Readonly<Record<string, string>> = {
  'the plan has no version {}': '该方案没有第 {a} 版',
  'the plan is another patient\'s': '该方案属于另一患者',
  'the planned needles are not those of the plan': '计划的针与方案不符',
  'the planned needles are not those of the plan that the session follows': '计划的针与治疗所依方案不符',
  'version {} of the plan is a draft; a practitioner signs it first': '方案第 {a} 版是草稿；须先由施针者签名',
  'version {} of the plan is not what was signed: something in it changed afterwards': '方案第 {a} 版与所签不符：签名后有改动',
  'a rule of safety says stop today: {}': '一条安全规则今天要求停止：{a}',
  'at most {} events are taken at once': '一次最多接受 {a} 个事件',
  'there are no events to add': '没有要添加的事件',
  'an event is recorded in the name of whoever records it': '事件须以记录者本人的名义记录',
  'a session begins with "started"': '治疗以“开始”为第一个事件',
  'the session has begun already': '治疗已经开始',
  'this cannot be done while the session is {}': '治疗{a}时不能这样做',
  'the patient was not checked for what speaks against needling; record "screened" first': '尚未检查患者有无针刺禁忌；请先记录筛查',
  'rule {} says stop; it cannot be overridden': '规则 {a} 要求停止；不能推翻',
  'rule {} needs a practitioner\'s decision with a reason': '规则 {a} 须由施针者决定并说明理由',
  'the plan has two needles called {}': '方案中有两针名为 {a}',
  'the plan has no needle called {}': '方案中没有名为 {a} 的针',
  'planned needle {} is in already, as needle {}': '计划的针 {a} 已刺入，为第 {b} 针',
  'there is a needle {} already': '已有第 {a} 针',
  'there is no needle {}': '没有第 {a} 针',
  'needle {} is out': '第 {a} 针已出针',
  'needle {} is planned {} but recorded {}; if that is meant, say why ("deviation")': '针 {a} 计划在{b}，却记录在{c}；若确实如此，请说明原因（“deviation”）',
  '{} mm of a needle of {} mm cannot be in': '{b} mm 的针不可能刺入 {a} mm',
  'the position of {} is not a finite number of mm': '{a} 的位置不是有限的毫米数',
  'current runs through needle {}; switch circuit {} off first': '第 {a} 针正在通电；请先关闭第 {b} 路',
  'circuit {} is not on': '第 {a} 路未开',
  'circuit {} needs two different needles, the same ones as long as it is on': '第 {a} 路须有两根不同的针，通电期间不得更换',
  '{} mA is more than {} mA; if that is meant, confirm it ("high_current_confirmed")': '{a} mA 大于 {b} mA；若确实如此，请确认（“high_current_confirmed”）',
  'the contact clock runs already': '接触计时已在进行',
  'the contact clock does not run': '接触计时未在进行',
  'a round of manipulation runs already': '一轮行针已在进行',
  'a round needs a needle': '一轮行针须有针',
  'no round of manipulation runs': '没有行针在进行',
  'the needle is being manipulated; end the round first': '该针正在行针；请先结束这一轮',
  'needles {} are still in': '第 {a} 针仍未出针',
  '{} needles were taken out but {} counted': '已出针 {a} 根，而清点结果为{b}',
  'part of needle {} is still in the patient; report it as an adverse event': '第 {a} 针有一部分仍在患者体内；请作为不良事件报告',
  'grade {} does not exist; CTCAE grades are 1 to 5': '没有 {a} 级；CTCAE 分级为 1 至 5',
  'strength {} does not exist; expected 0 to 10': '没有强度 {a}；应为 0 至 10',
  '{} needs words': '{a} 须用文字说明',
  'event {} cannot be undone': '事件 {a} 不能撤销',
  'event {} cannot be undone: then event {} would not be possible: {}': '事件 {a} 不能撤销：否则事件 {b} 便不可能：{c}',
  '{} is not a finite number': '{a} 不是有限的数',
};

/** Outcomes and the course. */
const outcome: Readonly<Record<string, string>> = {
  'an outcome is marked items of an instrument, its score, the reason why there is none, or a value without an instrument': '一项结局为：量表各条目的评分、其总分、没有评分的原因，或不用量表的一个数值',
  'there is no instrument "{}"': '没有量表“{a}”',
  'there is no instrument "{}"{}': '没有量表“{a}”{b}',
  'an outcome needs its {}': '结局须有其{a}',
  'the value of {} is not possible': '{a} 的值不可能',
  '{}: not answered: {}': '{a}：未作答：{b}',
  '{} has no item {}; its items are {}': '{a} 没有条目 {b}；其条目为 {c}',
  '{}, item {}: {} is not possible; expected {}': '{a}，条目 {b}：不可能为 {c}；应为 {d}',
  'of {} only the score is kept: {}': '{a} 只保存总分：{b}',
  'a number above 0': '大于 0 的数',
  'the numbers are too large or too small to be worked with': '数字过大或过小，无法计算',
  '{} is 1 to {}, not {}': '{a} 应为 1 至 {b}，不能为 {c}',
  'record an outcome or a session first': '请先记录一项结局或一次治疗',
};

/** The tape and the measures of a body. */
const tapeAndBody: Readonly<Record<string, string>> = {
  '"{}" does not begin with a number; write for example 57.5 cm or 575 mm': '“{a}”不以数字开头；例如写 57.5 cm 或 575 mm',
  '"{}" is not a unit that is known here; there are mm, cm and in': '“{a}”不是此处所知的单位；可用 mm、cm 和 in',
  'no measurement is given; at least one is needed, best the circumference: {}': '未给出任何测量；至少须有一项，最好是头围：{a}',
  'the {} is given as {}; a length is a number greater than 0': '{a}填为 {b}；长度须为大于 0 的数',
  'the {} is given as {}; a head measures between {} and {} mm there{}': '{a}填为 {b}；头部此处在 {c} 与 {d} mm 之间{e}',
  '; {} {} would fit. Was that meant?': '；{a} {b} 则合适。是否指此？',
  '. An arc over the head would fit: was one of those entered here?': '。此数合于过头顶的弧长：是否把弧长填在了这里？',
  '. For a person under 18, give the age': '。未满 18 岁者，请填年龄',
  'the {} is given as {}; {}': '{a}填为 {b}；{c}',
  'ages are 0 to 130 years': '年龄为 0 至 130 岁',
  'a standard deviation of 0 to 20 mm is expected': '标准差应为 0 至 20 mm',
  'error of a tape reading': '皮尺读数误差',
  'no head with these measurements could be made: the {} stays {} mm off. Measure again, or leave out what is least sure': '按这些测量做不出头部：{a}仍差 {b} mm。请重新测量，或去掉最没有把握的一项',
  'the {} hairline cannot be placed: {}': '{a}发际无法定位：{b}',
  'the 18-cun rule needs the landmark "{}", which the head does not have; choose another rule': '18 寸规则须有标志点“{a}”，而此头部没有；请选用另一规则',
  'the {} ({} mm) {} the {} ({} mm). Check both': '{a}（{b} mm）{c}{d}（{e} mm）。请核对两者',
  'cannot be longer than': '不可能长于',
  'is too short for': '过短，不合于',
  'is too long for': '过长，不合于',
  'must be longer than': '必须长于',
  'is greater than': '大于',
  'The {} {} was taken as {} {}.': '{a} {b} 按 {c} {d} 计。',
  'The {} and the {} were given the wrong way round and have been exchanged: {} {} mm, {} {} mm. Check them.': '{a}与{b}填反，已对调：{c} {d} mm，{e} {f} mm。请核对。',
  'The {} of {} mm is beyond all 6068 adults of ANSUR II ({} to {} mm). Check it.': '{a} {b} mm 超出 ANSUR II 全部 6068 名成人的范围（{c} 至 {d} mm）。请核对。',
  'The {} of {} mm does not go with the other readings, which lead to expect {} mm (sd {}). Measure it again.': '{a} {b} mm 与其他读数不相称，按其他读数应为 {c} mm（标准差 {d}）。请重新测量。',
  'The anterior hairline was not measured; it is placed {} mm above the glabella: {}.': '未测量前发际；定在眉间上方 {a} mm：{b}。',
  ' By the rule {} it would lie at {} mm.': '按“{a}”规则则在 {b} mm。',
  'glabella to the upper border of the wrinkling forehead by tape': '皮尺量眉间至额部皱纹上缘',
  'mean of two studies of hairlines': '两项发际研究的平均值',
  '{} cm above the glabella ({})': '眉间上方 {a} cm（{b}）',
  'Jiao, as one page gives it': '焦氏，按某页资料',
  '18-cun rule: 3 of 18 cun from the glabella toward GV14 (C7)': '18 寸规则：由眉间向 GV14（C7），18 寸中的 3 寸',
  'At {} years, what was not measured is estimated from adults\' proportions, which are not a child\'s.': '{a} 岁：未测量者按成人比例估计，而成人比例并非儿童的比例。',
  'an age of {} years is beyond the body model, which knows 1 to 90 years': '{a} 岁超出人体模型的范围：模型只知 1 至 90 岁',
  'the {} is {}; a length or a weight is more than 0': '{a}为 {b}；长度或体重须大于 0',
  'the {} is {}; expected is {} to {} cm{}': '{a}为 {b}；应为 {c} 至 {d} cm{e}',
  'the forearm ({} cm) is not shorter than the lower leg ({} cm): measure both again': '前臂（{a} cm）不短于小腿（{b} cm）：请两者重新测量',
  'the {} ({} cm) is more than half of the height ({} cm): measure both again': '{a}（{b} cm）超过身高（{c} cm）的一半：请两者重新测量',
  'a {} of {} {} is not to be had at this sex and age: the body model reaches from {} to {} {}': '该性别和年龄做不出{a} {b} {c}：人体模型的范围为 {d} 至 {e} {f}',
  'lengths are in cm, weight in kg, age in years': '长度以 cm 计，体重以 kg 计，年龄以岁计',
};

/** Heads that are made of files, and places on heads. */
const making: Readonly<Record<string, string>> = {
  '{} heads are being made; expected fewer before another begins': '正在制作 {a} 个头部；须少于此数才能再开始一个',
  'cancel one, or wait until it is done': '请取消一个，或等它完成',
  'there is no job "{}"': '没有任务“{a}”',
  'jobs end with the server, and when nobody asks about them for half an hour': '任务随服务器结束；半小时无人查询时也结束',
  'files are taken before the head is made, not afterwards': '文件须在制作头部之前提交，不能在其后',
  'more than {} files': '超过 {a} 个文件',
  'pack the slices into one .zip': '请把各层面打包成一个 .zip',
  'a file has a name; its ending tells the format': '文件须有名称；其扩展名说明格式',
  'the head is being made already': '头部已在制作中',
  'the job was cancelled': '任务已取消',
  'no file has come; expected at least one': '未收到文件；至少须有一个',
  '{}: the files of all heads that are being made have more than {} MB together': '{a}：所有正在制作的头部的文件合计超过 {b} MB',
  'give the slices of one series, or the one image': '请提交一个序列的各层面，或那一幅图像',
  '{}: the file is empty': '{a}：文件为空',
  'the job takes no more files': '该任务不再接受文件',
  'the file broke off: {}': '文件传输中断：{a}',
  'the head is not made yet': '头部尚未制成',
  'the version of the patient is missing; expected that which the head was made for': '缺少患者的版本；应为制作头部时所针对的版本',
  'the patient has version {}, expected {}': '患者资料为第 {a} 版，应为第 {b} 版',
  'read the patient again and keep the head once more': '请重新读取患者资料，再保存一次头部',
  '"{}" is not named as an image ({}), a scan ({}) or digitised points ({})': '“{a}”的名称不是图像（{b}）、扫描（{c}）或数字化点（{d}）',
  '{} files; expected one': '{a} 个文件；应为一个',
  '{} is placed on a head that this job has not made yet': '{a} 放在了此任务尚未制成的头部上',
  '{} ({}) is given twice': '{a}（{b}）给了两次',
  '{} ({}) lies on the other side of the head; left and right are the patient\'s': '{a}（{b}）位于头部另一侧；左右均指患者的左右',
  'a coordinate is not a length in mm that a head can have': '坐标不是头部可能有的毫米数',
  'coordinates are mm: right, anterior, superior': '坐标以 mm 计：右、前、上',
  '"{}" is not a place; write x,y,z in mm': '“{a}”不是位置；请写 x,y,z，以 mm 计',
  'there is no head "{}" in memory': '内存中没有头部“{a}”',
  'heads are kept while the server runs; make it again from its measurements': '头部只在服务器运行期间保存；请按其测量重新制作',
  'there is no body "{}" in memory': '内存中没有人体“{a}”',
  'bodies are kept while the server runs; make it again from its measurements': '人体只在服务器运行期间保存；请按其测量重新制作',
  'nothing in the atlas is called "{}"': '图谱中没有“{a}”',
  'no point of the body is called "{}"': '身体上没有名为“{a}”的穴位',
  '{} is not on {}': '{a} 不在{b}上',
  '{} cannot be located: {}': '{a} 无法定位：{b}',
  '{} cun cannot be measured on this head: {}': '此头部无法量出{a}寸：{b}',
  '{} is constructed from itself with the variants that were chosen': '按所选变体，{a} 由其自身构成',
  'the head has no landmark "{}" ({})': '该头部没有标志点“{a}”（{b}）',
  'the cortex cannot be carried to {}: its map has no inverse': '皮质无法移到{a}：其映射没有逆映射',
  'the head\'s map to MNI space has no value here': '该头部到 MNI 空间的映射在此处无值',
  '({}, {}, {}) lies {} mm outside the brain; up to {} mm is taken for the difference between brains': '（{a}，{b}，{c}）在脑外 {d} mm；不超过 {e} mm 者视为脑与脑之间的差异',
  'the target lies beneath the brain\'s surface, and nearer to it if the numbers are Talairach coordinates: they mean ({}, {}, {}) in MNI space; ask with --talairach':
    '靶点在脑表面之下；若这些数字是 Talairach 坐标，则离表面较近：相当于 MNI 空间的（{a}，{b}，{c}）；可用 --talairach 询问',
  'the hand\'s motor area is taken 31 mm to the side of the median plane (Jang 2022: the knob of the precentral gyrus lies 31.0 mm lateral of Cz)':
    '手的运动区取正中面旁 31 mm（Jang 2022：中央前回的手结在 Cz 外侧 31.0 mm）',
  '{}{}: middle of what it shows at the surface': '{a}{b}：其在脑表面所见部分的中点',
  'no region of the brain is called "{}"': '没有名为“{a}”的脑区',
  '"{}" fits {} regions': '“{a}”与 {b} 个脑区相符',
  '"{}" is not a place; expected three numbers in mm such as -37,-21,58': '“{a}”不是位置；应为三个以 mm 计的数，如 -37,-21,58',
  'millimetres, x < 0 is the patient\'s left, z is up': '以毫米计，x < 0 为患者的左侧，z 向上',
  'the target cannot be carried to this head: its map to MNI space has no inverse there': '靶点无法移到此头部：其到 MNI 空间的映射在该处没有逆映射',
  'nothing can be located on {}: {}': '无法在{a}上定位：{b}',
  'nothing can be said about the cortex of {}: {}': '关于{a}的皮质无法作出说明：{b}',
  'a head needs nasion, inion and both preauricular points, or a map to MNI space of its own': '头部须有鼻根点、枕外隆凸点和两个耳前点，或其自身到 MNI 空间的映射',
  'not named as a mesh': '名称不是网格文件',
  'scans are read as .ply, .obj, .stl or .glb': '扫描可读 .ply、.obj、.stl 或 .glb',
  '--unit mm, cm, m or inch says in what the file is; the head must be most of the scan, or landmarks given': '--unit mm、cm、m 或 inch 说明文件的单位；扫描须以头部为主，否则须给出标志点',
  'the archive cannot be read: {}': '压缩包无法读取：{a}',
  '{} files; expected at most {}': '{a} 个文件；最多 {b} 个',
  'the archive holds more than 2 GB; expected the slices of one examination': '压缩包超过 2 GB；应为一次检查的各层面',
  'the archive has neither DICOM slices ("DICM" at byte 128) nor an image (.nii, .nii.gz, .mgz)': '压缩包中既无 DICOM 层面（第 128 字节处为“DICM”），也无图像（.nii、.nii.gz、.mgz）',
  'the archive has {} images; expected one': '压缩包中有 {a} 幅图像；应为一幅',
  'unpack it, and give the T1-weighted one': '请解包，提交 T1 加权的那一幅',
  'images are read as .nii, .nii.gz, .mgh, .mgz, or DICOM slices in a folder or a .zip': '图像可读 .nii、.nii.gz、.mgh、.mgz，或文件夹或 .zip 中的 DICOM 层面',
  'none of its points is a landmark (first names: {})': '其中没有一点是标志点（前几个名称：{a}）',
  'the voxels are {} × {} × {} mm; expected 0.2 to 8 mm along each axis': '体素为 {a} × {b} × {c} mm；各轴应为 0.2 至 8 mm',
  'the image covers {} × {} × {} mm; a head needs at least 120 mm along each axis': '图像范围为 {a} × {b} × {c} mm；头部各轴至少须有 120 mm',
  'every voxel of the image has the same value: there is nothing to see': '图像所有体素值相同：什么也看不见',
  'the header contradicts the picture: by the header\'s directions the nose points to {} and the crown to {} (similarity to a head {} that way, {} as the header says)':
    '文件头与图像相矛盾：按文件头的方向，鼻指向{a}，头顶指向{b}（如此与头部的相似度为 {c}，按文件头为 {d}）',
  'no head is seen in the image (similarity to the built-in head\'s image {}; expected at least {}): is it a T1-weighted image of a whole head?': '图像中未见头部（与内置头部图像的相似度为 {a}；至少应为 {b}）：是否为整个头部的 T1 加权图像？',
  'the header is wrong, or the image was turned without it; convert the image again from the scanner\'s files': '文件头有误，或图像被旋转而文件头未改；请由扫描仪的文件重新转换',
  'use the image before brain extraction (in FreeSurfer T1.mgz, not brainmask.mgz)': '请用脑提取之前的图像（FreeSurfer 中为 T1.mgz，而非 brainmask.mgz）',
  'a T1-weighted image of the whole head is needed: at least from the eyebrows to the crown': '须为整个头部的 T1 加权图像：至少由眉至头顶',
  'the {} that was given, ({}, {}, {}), lies {} mm from the skin; expected at most {} mm (coordinates are mm, right-anterior-superior)':
    '所给的{a}（{b}，{c}，{d}）离皮肤 {e} mm；最多应为 {f} mm（坐标以 mm 计，右-前-上）',
  '{} landmarks are given; nasion, left and right preauricular point are needed for the directions (or none, to have them found)': '给出了 {a} 个标志点；定方向须有鼻根点、左耳前点和右耳前点（或一个也不给，由程序寻找）',
  'the landmarks do not fit a head: {}': '标志点与头部不符：{a}',
  'no head is seen in the scan: the best of 48 poses leaves {} mm between the built-in head and the scan; expected at most {} mm. Give landmarks':
    '扫描中未见头部：48 种姿势中最好的一种，内置头部与扫描仍相差 {a} mm；最多应为 {b} mm。请给出标志点',
  'no face is seen in the scan: where the built-in head fits best, {} of the relief of its nose, brows and eyes is found; expected at least {}, since without a face nobody can say how a head is pitched. Give landmarks':
    '扫描中未见面部：内置头部最吻合处，其鼻、眉、眼的起伏只见到 {a}；至少应为 {b}，因为没有面部便无从知道头的俯仰。请给出标志点',
  'hair of {} mm; expected 0 to 60 mm': '头发厚 {a} mm；应为 0 至 60 mm',
  '{} is not among the points; nasion, left and right preauricular point are needed for the directions (found: {})': '各点中没有 {a}；定方向须有鼻根点、左耳前点和右耳前点（现有：{b}）',
  '{} points on the head; at least 6 are needed, spread over it': '头部有 {a} 点；至少须有 6 点，且分布于全头',
  'nasion and ears lie in a line: they give no directions': '鼻根点与两耳在一条直线上：不能确定方向',
  'none of the {} files is a DICOM image ("DICM" at byte 128, and pixels)': '{a} 个文件中没有 DICOM 图像（第 128 字节处为“DICM”，并有像素）',
  '{} series could be a head: {}': '有 {a} 个序列可能是头部：{b}',
  'the file does not say how it is oriented (qform_code and sform_code are 0), so left and right are unknown; export it again with its orientation':
    '文件未说明方向（qform_code 和 sform_code 为 0），因此左右不明；请连同方向重新导出',
};

/** What is doubtful about a head that was made of a file. */
const doubts: Readonly<Record<string, string>> = {
  'taken from the file\'s header; a picture cannot show them. A vitamin capsule or the person\'s own asymmetry can': '取自文件头；图像本身看不出这一点。维生素胶囊或本人的不对称可以显示',
  'not in the image, continued from what is near, with a larger sd: {}': '不在图像内，由邻近处外推，标准差较大：{a}',
  'not in the image and too far from what is; zones that need these cannot be located: {}': '不在图像内，且离图像过远；需要它们的区无法定位：{a}',
  '{} landmarks of the face have no skin around them although the image reaches there: it looks defaced. The face is the built-in head\'s; give at least the nasion by hand':
    '图像虽达该处，面部 {a} 个标志点周围却没有皮肤：看来已去除面部。面部取自内置头部；请至少手工给出鼻根点',
  'the brightness changes by a factor of {} over the head; it was evened, look at the outline': '全头亮度相差 {a} 倍；已作均衡，请查看轮廓',
  'on {} % of the lines from the scalp inward no skull was seen: look whether the outline follows the skin': '由头皮向内的各线中，{a} % 未见颅骨：请查看轮廓是否沿皮肤走行',
  'the head\'s skin and the scalp lie {} mm apart (root mean square): look at the outline': '头部皮肤与头皮相距 {a} mm（均方根）：请查看轮廓',
  'another turn of the axes fits nearly as well ({} against {})': '轴的另一种转法几乎同样吻合（{a} 比 {b}）',
  'the image does not show clearly where the occipital bone leaves the scalp: the inion is carried over from the built-in head. Feel for it, and give it by hand':
    '图像未清楚显示枕骨离开头皮之处：枕外隆凸点由内置头部移来。请触摸确定，并手工给出',
  'the place where the occipital bone leaves the scalp lies {} mm from where the built-in head carries the inion to: a finger might stop at either. Feel for it, and give it by hand':
    '枕骨离开头皮之处与内置头部所移来的枕外隆凸点相距 {a} mm：手指可能停在其中任一处。请触摸确定，并手工给出',
  'found by the program and not confirmed by anybody: compare them with the pictures': '由程序找到，无人确认：请与图像对照',
  'the air around the head has a mean of {} against a threshold of {}: ghosts or noise': '头部周围空气的平均值为 {a}，阈值为 {b}：有伪影或噪声',
  'the directions were found by fitting the built-in head ({} mm apart on average; the best other pose {} mm), {}: confirm nasion, inion and both preauricular points':
    '方向由拟合内置头部得出（平均相距 {a} mm；其他姿势中最好的为 {b} mm），{c}：请确认鼻根点、枕外隆凸点和两个耳前点',
  'both auricles were recognised': '两个耳廓均已识别',
  'one auricle was recognised': '识别出一个耳廓',
  'no auricle was recognised: the preauricular points are where a head of this shape has them': '未识别出耳廓：耳前点取此形状的头通常所在之处',
  'the surface was taken for skin; hair adds its thickness (--hair)': '表面被当作皮肤；头发会增加其厚度（--hair）',
  '{} mm were taken off the hairy part of the scalp: the thickness of hair varies over a head and nobody has measured it here': '头皮有发部分减去了 {a} mm：头发厚度各处不一，此处无人测量',
  'taken from the landmarks\' names': '取自标志点的名称',
  'taken from the names of the points': '取自各点的名称',
  'a scan that was mirrored cannot be told from one that was not': '镜像的扫描与未镜像的扫描无法区分',
  'not in the scan, continued from what is near, with a larger sd: {}': '不在扫描内，由邻近处外推，标准差较大：{a}',
  'not in the scan and too far from what is; zones that need these cannot be located: {}': '不在扫描内，且离扫描过远；需要它们的区无法定位：{a}',
  'the built-in head, warped to a few places: between the points nothing was measured': '内置头部按少数几处变形：各点之间未作测量',
  'given by hand': '手工给出',
};

export const refused: Readonly<Record<string, string>> = { ...door, ...care, ...session, ...outcome, ...tapeAndBody, ...making, ...doubts };

/** Words that fill holes. */
const TERMS: Readonly<Record<string, string>> = {
  circumference: '头围',
  'nasion–inion arc': '鼻根至枕外隆凸弧长',
  'ear–ear arc': '两耳间弧长',
  'glabella–hairline distance': '眉间至前发际距离',
  'hairline–hairline distance': '前发际至后发际距离',
  'head length': '头长',
  'head breadth': '头宽',
  age: '年龄',
  height: '身高',
  weight: '体重',
  forearm: '前臂',
  'lower leg': '小腿',
  trunk: '躯干',
  anterior: '前',
  posterior: '后',
  left: '左',
  right: '右',
  midline: '正中',
  nasion: '鼻根点',
  inion: '枕外隆凸点',
  preauricular: '耳前点',
  glabella: '眉间',
  vertex: '头顶点',
  hand: '手',
  leg: '腿',
  Jiao: '焦氏',
  population: '人群平均',
  'jiao-5cm': '焦氏 5 cm',
  'jiao-6cm': '焦氏 6 cm',
  'eighteen-cun': '18 寸',
  open: '进行中',
  closed: '已结束',
  'signed (it can be amended)': '已签名（可作更正）',
  'none was': '未清点',
  patient: '患者',
  practitioner: '施针者',
  Practitioner: '施针者',
  clinic: '诊所',
  consent: '同意书',
  plan: '方案',
  session: '治疗',
  outcome: '结局',
  file: '文件',
  screening: '筛查',
  owner: '负责人',
  Owner: '负责人',
  assistant: '助理',
  Assistant: '助理',
  student: '学生',
  Student: '学生',
  researcher: '研究者',
  Researcher: '研究者',
  'read-patient': '读取患者资料',
  'write-patient': '更改患者资料',
  'draft-plan': '拟定方案',
  screen: '安全筛查',
  'record-session': '记录治疗',
  'record-outcome': '记录结局',
  sign: '签名',
  'read-staff': '读取人员资料',
  'write-staff': '更改人员资料',
  audit: '查看审计记录',
  'copy-record': '复制病历库',
  'export-deidentified': '导出去标识数据',
  erase: '删除',
  score: '总分',
  instrument: '量表',
  velocity: '速度',
  opened: '打开',
  read: '读取',
  written: '写入',
  // Parts of a head that something is doubtful about.
  'left and right': '左右',
  'field of view': '视野',
  face: '面部',
  shading: '明暗',
  skull: '颅骨',
  shape: '形状',
  directions: '方向',
  landmarks: '标志点',
  noise: '噪声',
  hair: '头发',
  holes: '空缺',
};

/** What a browser says when nobody answers. */
const UNREACHED = /^(Failed to fetch|Load failed|NetworkError when attempting to fetch resource\.|fetch failed)$/;

interface Template {
  readonly pattern: RegExp;
  readonly chinese: string;
  /** What the program wrote itself: where several fit, the longest is meant. */
  readonly fixed: number;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const TEMPLATES: readonly Template[] = Object.entries(refused)
  .map(([en, chinese]) => {
    const parts = en.split('{}');
    return { pattern: new RegExp(`^${parts.map(escaped).join('(.*?)')}$`, 's'), chinese, fixed: parts.join('').length };
  })
  .sort((a, b) => b.fixed - a.fixed);

/** Gives the Chinese of what the server refuses; `other` knows texts that stand in its holes, such as rules of safety. */
export function refusals(other: (text: string) => string | undefined): (text: string) => string | undefined {
  const hole = (text: string, deep: number): string => {
    const term = (x: string): string | undefined => (Object.hasOwn(TERMS, x) ? TERMS[x] : regionName(x, 'zh') === x ? undefined : regionName(x, 'zh'));
    const one = term(text);
    if (one !== undefined) return one;
    const list = text.split(', ').map(term);
    if (list.length > 1 && list.every((x) => x !== undefined)) return list.join('、');
    return (deep < 3 ? whole(text, deep + 1) : undefined) ?? text;
  };
  const whole = (text: string, deep: number): string | undefined => {
    if (UNREACHED.test(text)) return '无法连接服务器';
    // One sentence for each other rule follows where the hairline was placed.
    const rules = /^(.+?\.)((?: By the rule \S+ it would lie at \d+ mm\.)+)$/s.exec(text);
    const placed = rules && whole(rules[1]!, deep);
    if (placed) return `${placed}${rules[2]!.match(/ By the rule .+?mm\./g)!.map((x) => whole(x, deep + 1)).join('')}`;
    for (const { pattern, chinese } of TEMPLATES) {
      const found = pattern.exec(text);
      if (found) return chinese.replace(/\{([a-z])\}/g, (_, letter: string) => hole(found[letter.charCodeAt(0) - 96]!, deep));
    }
    const known = deep > 0 ? other(text) : undefined;
    if (known !== undefined) return known;
    // Files stand before what is said of them, fields and parts before what is doubtful.
    const about = /^([\w .()-]+?\.\w{2,4}|[a-z ]+): (.+)$/s.exec(text);
    const rest = about && whole(about[2]!, deep + 1);
    return rest ? `${hole(about[1]!, 3)}：${rest}` : undefined;
  };
  return (text) => {
    // A hint follows its detail; each is turned by itself, so that neither is lost.
    const cut = text.lastIndexOf(' — ');
    if (cut < 0) return whole(text, 0);
    const [detail, hint] = [whole(text.slice(0, cut), 0), whole(text.slice(cut + 3), 0)];
    return detail === undefined && hint === undefined ? undefined : `${detail ?? text.slice(0, cut)} — ${hint ?? text.slice(cut + 3)}`;
  };
}
