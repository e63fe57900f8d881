//! ISO 3166-1 (alpha-2, alpha-3, a common English name) and other names that are seen. Facts, kept sorted by alpha-2.
//!
//! The names are those that English address forms use; far ends that take names (Starshipit) store them as given.

/// One country: alpha-2 and alpha-3 in one, name. In this form the table takes half of what five texts would.
pub(crate) struct Country(pub(crate) [u8; 5], pub(crate) &'static str);

impl Country {
    /// The two letters.
    pub(crate) fn alpha2(&'static self) -> &'static str {
        self.code(0, 2)
    }

    /// The three letters.
    pub(crate) fn alpha3(&'static self) -> &'static str {
        self.code(2, 5)
    }

    /// The two letters, to be sorted by.
    pub(crate) fn letters(&self) -> [u8; 2] {
        let [first, second, ..] = self.0;
        [first, second]
    }

    fn code(&'static self, from: usize, to: usize) -> &'static str {
        self.0.get(from..to).and_then(|code| str::from_utf8(code).ok()).unwrap_or_default()
    }
}

/// All of ISO 3166-1 and Kosovo, for which couriers use the user-assigned XK.
#[rustfmt::skip]
pub(crate) static COUNTRIES: [Country; 250] = [
    Country(*b"ADAND", "Andorra"), Country(*b"AEARE", "United Arab Emirates"), Country(*b"AFAFG", "Afghanistan"),
    Country(*b"AGATG", "Antigua and Barbuda"), Country(*b"AIAIA", "Anguilla"), Country(*b"ALALB", "Albania"),
    Country(*b"AMARM", "Armenia"), Country(*b"AOAGO", "Angola"), Country(*b"AQATA", "Antarctica"),
    Country(*b"ARARG", "Argentina"), Country(*b"ASASM", "American Samoa"), Country(*b"ATAUT", "Austria"),
    Country(*b"AUAUS", "Australia"), Country(*b"AWABW", "Aruba"), Country(*b"AXALA", "Aland Islands"),
    Country(*b"AZAZE", "Azerbaijan"), Country(*b"BABIH", "Bosnia and Herzegovina"), Country(*b"BBBRB", "Barbados"),
    Country(*b"BDBGD", "Bangladesh"), Country(*b"BEBEL", "Belgium"), Country(*b"BFBFA", "Burkina Faso"),
    Country(*b"BGBGR", "Bulgaria"), Country(*b"BHBHR", "Bahrain"), Country(*b"BIBDI", "Burundi"),
    Country(*b"BJBEN", "Benin"), Country(*b"BLBLM", "Saint Barthelemy"), Country(*b"BMBMU", "Bermuda"),
    Country(*b"BNBRN", "Brunei"), Country(*b"BOBOL", "Bolivia"), Country(*b"BQBES", "Bonaire, Sint Eustatius and Saba"),
    Country(*b"BRBRA", "Brazil"), Country(*b"BSBHS", "Bahamas"), Country(*b"BTBTN", "Bhutan"),
    Country(*b"BVBVT", "Bouvet Island"), Country(*b"BWBWA", "Botswana"), Country(*b"BYBLR", "Belarus"),
    Country(*b"BZBLZ", "Belize"), Country(*b"CACAN", "Canada"), Country(*b"CCCCK", "Cocos (Keeling) Islands"),
    Country(*b"CDCOD", "Democratic Republic of the Congo"), Country(*b"CFCAF", "Central African Republic"),
    Country(*b"CGCOG", "Congo"), Country(*b"CHCHE", "Switzerland"), Country(*b"CICIV", "Cote d'Ivoire"),
    Country(*b"CKCOK", "Cook Islands"), Country(*b"CLCHL", "Chile"), Country(*b"CMCMR", "Cameroon"),
    Country(*b"CNCHN", "China"), Country(*b"COCOL", "Colombia"), Country(*b"CRCRI", "Costa Rica"),
    Country(*b"CUCUB", "Cuba"), Country(*b"CVCPV", "Cape Verde"), Country(*b"CWCUW", "Curacao"),
    Country(*b"CXCXR", "Christmas Island"), Country(*b"CYCYP", "Cyprus"), Country(*b"CZCZE", "Czech Republic"),
    Country(*b"DEDEU", "Germany"), Country(*b"DJDJI", "Djibouti"), Country(*b"DKDNK", "Denmark"),
    Country(*b"DMDMA", "Dominica"), Country(*b"DODOM", "Dominican Republic"), Country(*b"DZDZA", "Algeria"),
    Country(*b"ECECU", "Ecuador"), Country(*b"EEEST", "Estonia"), Country(*b"EGEGY", "Egypt"),
    Country(*b"EHESH", "Western Sahara"), Country(*b"ERERI", "Eritrea"), Country(*b"ESESP", "Spain"),
    Country(*b"ETETH", "Ethiopia"), Country(*b"FIFIN", "Finland"), Country(*b"FJFJI", "Fiji"),
    Country(*b"FKFLK", "Falkland Islands"), Country(*b"FMFSM", "Micronesia"), Country(*b"FOFRO", "Faroe Islands"),
    Country(*b"FRFRA", "France"), Country(*b"GAGAB", "Gabon"), Country(*b"GBGBR", "United Kingdom"),
    Country(*b"GDGRD", "Grenada"), Country(*b"GEGEO", "Georgia"), Country(*b"GFGUF", "French Guiana"),
    Country(*b"GGGGY", "Guernsey"), Country(*b"GHGHA", "Ghana"), Country(*b"GIGIB", "Gibraltar"),
    Country(*b"GLGRL", "Greenland"), Country(*b"GMGMB", "Gambia"), Country(*b"GNGIN", "Guinea"),
    Country(*b"GPGLP", "Guadeloupe"), Country(*b"GQGNQ", "Equatorial Guinea"), Country(*b"GRGRC", "Greece"),
    Country(*b"GSSGS", "South Georgia and the South Sandwich Islands"), Country(*b"GTGTM", "Guatemala"),
    Country(*b"GUGUM", "Guam"), Country(*b"GWGNB", "Guinea-Bissau"), Country(*b"GYGUY", "Guyana"),
    Country(*b"HKHKG", "Hong Kong"), Country(*b"HMHMD", "Heard Island and McDonald Islands"),
    Country(*b"HNHND", "Honduras"), Country(*b"HRHRV", "Croatia"), Country(*b"HTHTI", "Haiti"),
    Country(*b"HUHUN", "Hungary"), Country(*b"IDIDN", "Indonesia"), Country(*b"IEIRL", "Ireland"),
    Country(*b"ILISR", "Israel"), Country(*b"IMIMN", "Isle of Man"), Country(*b"ININD", "India"),
    Country(*b"IOIOT", "British Indian Ocean Territory"), Country(*b"IQIRQ", "Iraq"), Country(*b"IRIRN", "Iran"),
    Country(*b"ISISL", "Iceland"), Country(*b"ITITA", "Italy"), Country(*b"JEJEY", "Jersey"),
    Country(*b"JMJAM", "Jamaica"), Country(*b"JOJOR", "Jordan"), Country(*b"JPJPN", "Japan"),
    Country(*b"KEKEN", "Kenya"), Country(*b"KGKGZ", "Kyrgyzstan"), Country(*b"KHKHM", "Cambodia"),
    Country(*b"KIKIR", "Kiribati"), Country(*b"KMCOM", "Comoros"), Country(*b"KNKNA", "Saint Kitts and Nevis"),
    Country(*b"KPPRK", "North Korea"), Country(*b"KRKOR", "South Korea"), Country(*b"KWKWT", "Kuwait"),
    Country(*b"KYCYM", "Cayman Islands"), Country(*b"KZKAZ", "Kazakhstan"), Country(*b"LALAO", "Laos"),
    Country(*b"LBLBN", "Lebanon"), Country(*b"LCLCA", "Saint Lucia"), Country(*b"LILIE", "Liechtenstein"),
    Country(*b"LKLKA", "Sri Lanka"), Country(*b"LRLBR", "Liberia"), Country(*b"LSLSO", "Lesotho"),
    Country(*b"LTLTU", "Lithuania"), Country(*b"LULUX", "Luxembourg"), Country(*b"LVLVA", "Latvia"),
    Country(*b"LYLBY", "Libya"), Country(*b"MAMAR", "Morocco"), Country(*b"MCMCO", "Monaco"),
    Country(*b"MDMDA", "Moldova"), Country(*b"MEMNE", "Montenegro"), Country(*b"MFMAF", "Saint Martin"),
    Country(*b"MGMDG", "Madagascar"), Country(*b"MHMHL", "Marshall Islands"), Country(*b"MKMKD", "North Macedonia"),
    Country(*b"MLMLI", "Mali"), Country(*b"MMMMR", "Myanmar"), Country(*b"MNMNG", "Mongolia"),
    Country(*b"MOMAC", "Macau"), Country(*b"MPMNP", "Northern Mariana Islands"), Country(*b"MQMTQ", "Martinique"),
    Country(*b"MRMRT", "Mauritania"), Country(*b"MSMSR", "Montserrat"), Country(*b"MTMLT", "Malta"),
    Country(*b"MUMUS", "Mauritius"), Country(*b"MVMDV", "Maldives"), Country(*b"MWMWI", "Malawi"),
    Country(*b"MXMEX", "Mexico"), Country(*b"MYMYS", "Malaysia"), Country(*b"MZMOZ", "Mozambique"),
    Country(*b"NANAM", "Namibia"), Country(*b"NCNCL", "New Caledonia"), Country(*b"NENER", "Niger"),
    Country(*b"NFNFK", "Norfolk Island"), Country(*b"NGNGA", "Nigeria"), Country(*b"NINIC", "Nicaragua"),
    Country(*b"NLNLD", "Netherlands"), Country(*b"NONOR", "Norway"), Country(*b"NPNPL", "Nepal"),
    Country(*b"NRNRU", "Nauru"), Country(*b"NUNIU", "Niue"), Country(*b"NZNZL", "New Zealand"),
    Country(*b"OMOMN", "Oman"), Country(*b"PAPAN", "Panama"), Country(*b"PEPER", "Peru"),
    Country(*b"PFPYF", "French Polynesia"), Country(*b"PGPNG", "Papua New Guinea"), Country(*b"PHPHL", "Philippines"),
    Country(*b"PKPAK", "Pakistan"), Country(*b"PLPOL", "Poland"), Country(*b"PMSPM", "Saint Pierre and Miquelon"),
    Country(*b"PNPCN", "Pitcairn"), Country(*b"PRPRI", "Puerto Rico"), Country(*b"PSPSE", "Palestine"),
    Country(*b"PTPRT", "Portugal"), Country(*b"PWPLW", "Palau"), Country(*b"PYPRY", "Paraguay"),
    Country(*b"QAQAT", "Qatar"), Country(*b"REREU", "Reunion"), Country(*b"ROROU", "Romania"),
    Country(*b"RSSRB", "Serbia"), Country(*b"RURUS", "Russia"), Country(*b"RWRWA", "Rwanda"),
    Country(*b"SASAU", "Saudi Arabia"), Country(*b"SBSLB", "Solomon Islands"), Country(*b"SCSYC", "Seychelles"),
    Country(*b"SDSDN", "Sudan"), Country(*b"SESWE", "Sweden"), Country(*b"SGSGP", "Singapore"),
    Country(*b"SHSHN", "Saint Helena"), Country(*b"SISVN", "Slovenia"), Country(*b"SJSJM", "Svalbard and Jan Mayen"),
    Country(*b"SKSVK", "Slovakia"), Country(*b"SLSLE", "Sierra Leone"), Country(*b"SMSMR", "San Marino"),
    Country(*b"SNSEN", "Senegal"), Country(*b"SOSOM", "Somalia"), Country(*b"SRSUR", "Suriname"),
    Country(*b"SSSSD", "South Sudan"), Country(*b"STSTP", "Sao Tome and Principe"), Country(*b"SVSLV", "El Salvador"),
    Country(*b"SXSXM", "Sint Maarten"), Country(*b"SYSYR", "Syria"), Country(*b"SZSWZ", "Eswatini"),
    Country(*b"TCTCA", "Turks and Caicos Islands"), Country(*b"TDTCD", "Chad"),
    Country(*b"TFATF", "French Southern Territories"), Country(*b"TGTGO", "Togo"), Country(*b"THTHA", "Thailand"),
    Country(*b"TJTJK", "Tajikistan"), Country(*b"TKTKL", "Tokelau"), Country(*b"TLTLS", "Timor-Leste"),
    Country(*b"TMTKM", "Turkmenistan"), Country(*b"TNTUN", "Tunisia"), Country(*b"TOTON", "Tonga"),
    Country(*b"TRTUR", "Turkey"), Country(*b"TTTTO", "Trinidad and Tobago"), Country(*b"TVTUV", "Tuvalu"),
    Country(*b"TWTWN", "Taiwan"), Country(*b"TZTZA", "Tanzania"), Country(*b"UAUKR", "Ukraine"),
    Country(*b"UGUGA", "Uganda"), Country(*b"UMUMI", "United States Minor Outlying Islands"),
    Country(*b"USUSA", "United States"), Country(*b"UYURY", "Uruguay"), Country(*b"UZUZB", "Uzbekistan"),
    Country(*b"VAVAT", "Vatican City"), Country(*b"VCVCT", "Saint Vincent and the Grenadines"),
    Country(*b"VEVEN", "Venezuela"), Country(*b"VGVGB", "British Virgin Islands"),
    Country(*b"VIVIR", "U.S. Virgin Islands"), Country(*b"VNVNM", "Vietnam"), Country(*b"VUVUT", "Vanuatu"),
    Country(*b"WFWLF", "Wallis and Futuna"), Country(*b"WSWSM", "Samoa"), Country(*b"XKXKX", "Kosovo"),
    Country(*b"YEYEM", "Yemen"), Country(*b"YTMYT", "Mayotte"), Country(*b"ZAZAF", "South Africa"),
    Country(*b"ZMZMB", "Zambia"), Country(*b"ZWZWE", "Zimbabwe"),
];

/// Other names, folded as `countries::fold` folds them, with their alpha-2, separated by blanks. "Republic of" and "Kingdom of" are left out.
#[rustfmt::skip]
pub(crate) const ALIASES: &str = "\
americaUS antiguaAG aotearoaNZ aotearoanewzealandNZ arabrepublicegyptEG argentinerepublicAR belgieBE belgiqueBE \
bolivarianrepublicvenezuelaVE boliviaplurinationalstateBO bosniaBA brasilBR britainGB bruneidarussalamBN burmaMM \
caboverdeCV caribbeannetherlandsBQ commonwealthbahamasBS commonwealthdominicaDM commonwealthnorthernmarianaislandsMP \
congobrazzavilleCG congodemocraticrepublicCD congokinshasaCD czechiaCZ danmarkDK democraticpeoplesrepublickoreaKP \
democraticrepublicsaotomeandprincipeST democraticrepublictimorlesteTL democraticsocialistrepublicsrilankaLK \
deutschlandDE drcCD drcongoCD easternrepublicuruguayUY easttimorTL eireIE englandGB espanaES falklandislandsmalvinasFK \
federaldemocraticrepublicethiopiaET federaldemocraticrepublicnepalNP federalrepublicgermanyDE federalrepublicnigeriaNG \
federalrepublicsomaliaSO federatedstatesmicronesiaFM federativerepublicbrazilBR frenchrepublicFR gaboneserepublicGA \
grandduchyluxembourgLU greatbritainGB hashemitekingdomjordanJO heardandmcdonaldislandsHM hellenicrepublicGR hollandNL \
holyseeVA holyseevaticancitystateVA hongkongsarHK hongkongsarchinaHK hongkongspecialadministrativeregionchinaHK \
independentstatepapuanewguineaPG independentstatesamoaWS iranislamicrepublicIR islamicrepublicafghanistanAF \
islamicrepubliciranIR islamicrepublicmauritaniaMR islamicrepublicpakistanPK italiaIT italianrepublicIT ivorycoastCI \
koreaKR koreademocraticpeoplesrepublicKP koreanorthKP korearepublicKR koreasouthKR ksaSA kyrgyzrepublicKG laopdrLA \
laopeoplesdemocraticrepublicLA laospdrLA lebaneserepublicLB macaoMO macaosarchinaMO \
macaospecialadministrativeregionchinaMO macedoniaMK mainlandchinaCN micronesiafederatedstatesFM moldovarepublicMD \
myanmarburmaMM nipponJP norgeNO northernirelandGB nzaotearoaNZ osterreichAT palestinestatePS palestinianterritoriesPS \
palestinianterritoryPS peoplesdemocraticrepublicalgeriaDZ peoplesrepublicbangladeshBD peoplesrepublicchinaCN \
pitcairnislandsPN plurinationalstateboliviaBO polskaPL portugueserepublicPT prcCN principalityandorraAD \
principalityliechtensteinLI principalitymonacoMC republiccaboverdeCV republickoreaKR republicturkiyeTR \
russianfederationRU rwandeserepublicRW sainthelenaascensionandtristandacunhaSH saintmartinfrenchpartMF schweizCH \
scotlandGB sintmaartendutchpartSX slovakrepublicSK socialistrepublicvietnamVN stateeritreaER stateisraelIL \
statekuwaitKW statepalestinePS stateqatarQA stbarthelemyBL sthelenaSH stkittsandnevisKN stluciaLC stmartinMF \
stpierreandmiquelonPM stvincentandgrenadinesVC suisseCH sultanateomanOM suomiFI sverigeSE swazilandSZ \
swissconfederationCH syrianarabrepublicSY taiwanprovincechinaTW taiwanrocTW tanzaniaunitedrepublicTZ \
togoleserepublicTG trinidadTT turkiyeTR uaeAE ukGB unioncomorosKM unitedkingdomgreatbritainGB \
unitedkingdomgreatbritainandnorthernirelandGB unitedmexicanstatesMX unitedrepublictanzaniaTZ unitedstatesamericaUS \
unitedstatesamericausaUS usUS usaUS usoutlyingislandsUM vaticanVA venezuelabolivarianrepublicVE virginislandsVI \
virginislandsbritishVG virginislandsunitedstatesVI virginislandsusVI walesGB";
