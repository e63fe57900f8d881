//! ISO 3166-1 (alpha-2, alpha-3, a common English name) and other names that are seen. Facts, kept sorted by alpha-2.
//!
//! The names are those that English address forms use; far ends that take names (Starshipit) store them as given.

/// One country: alpha-2, alpha-3, name.
pub(crate) struct Country(pub(crate) &'static str, pub(crate) &'static str, pub(crate) &'static str);

/// All of ISO 3166-1 and Kosovo, for which couriers use the user-assigned XK.
#[rustfmt::skip]
pub(crate) const COUNTRIES: [Country; 250] = [
    Country("AD", "AND", "Andorra"), Country("AE", "ARE", "United Arab Emirates"),
    Country("AF", "AFG", "Afghanistan"), Country("AG", "ATG", "Antigua and Barbuda"),
    Country("AI", "AIA", "Anguilla"), Country("AL", "ALB", "Albania"), Country("AM", "ARM", "Armenia"),
    Country("AO", "AGO", "Angola"), Country("AQ", "ATA", "Antarctica"), Country("AR", "ARG", "Argentina"),
    Country("AS", "ASM", "American Samoa"), Country("AT", "AUT", "Austria"), Country("AU", "AUS", "Australia"),
    Country("AW", "ABW", "Aruba"), Country("AX", "ALA", "Aland Islands"), Country("AZ", "AZE", "Azerbaijan"),
    Country("BA", "BIH", "Bosnia and Herzegovina"), Country("BB", "BRB", "Barbados"),
    Country("BD", "BGD", "Bangladesh"), Country("BE", "BEL", "Belgium"), Country("BF", "BFA", "Burkina Faso"),
    Country("BG", "BGR", "Bulgaria"), Country("BH", "BHR", "Bahrain"), Country("BI", "BDI", "Burundi"),
    Country("BJ", "BEN", "Benin"), Country("BL", "BLM", "Saint Barthelemy"), Country("BM", "BMU", "Bermuda"),
    Country("BN", "BRN", "Brunei"), Country("BO", "BOL", "Bolivia"),
    Country("BQ", "BES", "Bonaire, Sint Eustatius and Saba"), Country("BR", "BRA", "Brazil"),
    Country("BS", "BHS", "Bahamas"), Country("BT", "BTN", "Bhutan"), Country("BV", "BVT", "Bouvet Island"),
    Country("BW", "BWA", "Botswana"), Country("BY", "BLR", "Belarus"), Country("BZ", "BLZ", "Belize"),
    Country("CA", "CAN", "Canada"), Country("CC", "CCK", "Cocos (Keeling) Islands"),
    Country("CD", "COD", "Democratic Republic of the Congo"), Country("CF", "CAF", "Central African Republic"),
    Country("CG", "COG", "Congo"), Country("CH", "CHE", "Switzerland"), Country("CI", "CIV", "Cote d'Ivoire"),
    Country("CK", "COK", "Cook Islands"), Country("CL", "CHL", "Chile"), Country("CM", "CMR", "Cameroon"),
    Country("CN", "CHN", "China"), Country("CO", "COL", "Colombia"), Country("CR", "CRI", "Costa Rica"),
    Country("CU", "CUB", "Cuba"), Country("CV", "CPV", "Cape Verde"), Country("CW", "CUW", "Curacao"),
    Country("CX", "CXR", "Christmas Island"), Country("CY", "CYP", "Cyprus"), Country("CZ", "CZE", "Czech Republic"),
    Country("DE", "DEU", "Germany"), Country("DJ", "DJI", "Djibouti"), Country("DK", "DNK", "Denmark"),
    Country("DM", "DMA", "Dominica"), Country("DO", "DOM", "Dominican Republic"), Country("DZ", "DZA", "Algeria"),
    Country("EC", "ECU", "Ecuador"), Country("EE", "EST", "Estonia"), Country("EG", "EGY", "Egypt"),
    Country("EH", "ESH", "Western Sahara"), Country("ER", "ERI", "Eritrea"), Country("ES", "ESP", "Spain"),
    Country("ET", "ETH", "Ethiopia"), Country("FI", "FIN", "Finland"), Country("FJ", "FJI", "Fiji"),
    Country("FK", "FLK", "Falkland Islands"), Country("FM", "FSM", "Micronesia"),
    Country("FO", "FRO", "Faroe Islands"), Country("FR", "FRA", "France"), Country("GA", "GAB", "Gabon"),
    Country("GB", "GBR", "United Kingdom"), Country("GD", "GRD", "Grenada"), Country("GE", "GEO", "Georgia"),
    Country("GF", "GUF", "French Guiana"), Country("GG", "GGY", "Guernsey"), Country("GH", "GHA", "Ghana"),
    Country("GI", "GIB", "Gibraltar"), Country("GL", "GRL", "Greenland"), Country("GM", "GMB", "Gambia"),
    Country("GN", "GIN", "Guinea"), Country("GP", "GLP", "Guadeloupe"), Country("GQ", "GNQ", "Equatorial Guinea"),
    Country("GR", "GRC", "Greece"), Country("GS", "SGS", "South Georgia and the South Sandwich Islands"),
    Country("GT", "GTM", "Guatemala"), Country("GU", "GUM", "Guam"), Country("GW", "GNB", "Guinea-Bissau"),
    Country("GY", "GUY", "Guyana"), Country("HK", "HKG", "Hong Kong"),
    Country("HM", "HMD", "Heard Island and McDonald Islands"), Country("HN", "HND", "Honduras"),
    Country("HR", "HRV", "Croatia"), Country("HT", "HTI", "Haiti"), Country("HU", "HUN", "Hungary"),
    Country("ID", "IDN", "Indonesia"), Country("IE", "IRL", "Ireland"), Country("IL", "ISR", "Israel"),
    Country("IM", "IMN", "Isle of Man"), Country("IN", "IND", "India"),
    Country("IO", "IOT", "British Indian Ocean Territory"), Country("IQ", "IRQ", "Iraq"),
    Country("IR", "IRN", "Iran"), Country("IS", "ISL", "Iceland"), Country("IT", "ITA", "Italy"),
    Country("JE", "JEY", "Jersey"), Country("JM", "JAM", "Jamaica"), Country("JO", "JOR", "Jordan"),
    Country("JP", "JPN", "Japan"), Country("KE", "KEN", "Kenya"), Country("KG", "KGZ", "Kyrgyzstan"),
    Country("KH", "KHM", "Cambodia"), Country("KI", "KIR", "Kiribati"), Country("KM", "COM", "Comoros"),
    Country("KN", "KNA", "Saint Kitts and Nevis"), Country("KP", "PRK", "North Korea"),
    Country("KR", "KOR", "South Korea"), Country("KW", "KWT", "Kuwait"), Country("KY", "CYM", "Cayman Islands"),
    Country("KZ", "KAZ", "Kazakhstan"), Country("LA", "LAO", "Laos"), Country("LB", "LBN", "Lebanon"),
    Country("LC", "LCA", "Saint Lucia"), Country("LI", "LIE", "Liechtenstein"), Country("LK", "LKA", "Sri Lanka"),
    Country("LR", "LBR", "Liberia"), Country("LS", "LSO", "Lesotho"), Country("LT", "LTU", "Lithuania"),
    Country("LU", "LUX", "Luxembourg"), Country("LV", "LVA", "Latvia"), Country("LY", "LBY", "Libya"),
    Country("MA", "MAR", "Morocco"), Country("MC", "MCO", "Monaco"), Country("MD", "MDA", "Moldova"),
    Country("ME", "MNE", "Montenegro"), Country("MF", "MAF", "Saint Martin"), Country("MG", "MDG", "Madagascar"),
    Country("MH", "MHL", "Marshall Islands"), Country("MK", "MKD", "North Macedonia"), Country("ML", "MLI", "Mali"),
    Country("MM", "MMR", "Myanmar"), Country("MN", "MNG", "Mongolia"), Country("MO", "MAC", "Macau"),
    Country("MP", "MNP", "Northern Mariana Islands"), Country("MQ", "MTQ", "Martinique"),
    Country("MR", "MRT", "Mauritania"), Country("MS", "MSR", "Montserrat"), Country("MT", "MLT", "Malta"),
    Country("MU", "MUS", "Mauritius"), Country("MV", "MDV", "Maldives"), Country("MW", "MWI", "Malawi"),
    Country("MX", "MEX", "Mexico"), Country("MY", "MYS", "Malaysia"), Country("MZ", "MOZ", "Mozambique"),
    Country("NA", "NAM", "Namibia"), Country("NC", "NCL", "New Caledonia"), Country("NE", "NER", "Niger"),
    Country("NF", "NFK", "Norfolk Island"), Country("NG", "NGA", "Nigeria"), Country("NI", "NIC", "Nicaragua"),
    Country("NL", "NLD", "Netherlands"), Country("NO", "NOR", "Norway"), Country("NP", "NPL", "Nepal"),
    Country("NR", "NRU", "Nauru"), Country("NU", "NIU", "Niue"), Country("NZ", "NZL", "New Zealand"),
    Country("OM", "OMN", "Oman"), Country("PA", "PAN", "Panama"), Country("PE", "PER", "Peru"),
    Country("PF", "PYF", "French Polynesia"), Country("PG", "PNG", "Papua New Guinea"),
    Country("PH", "PHL", "Philippines"), Country("PK", "PAK", "Pakistan"), Country("PL", "POL", "Poland"),
    Country("PM", "SPM", "Saint Pierre and Miquelon"), Country("PN", "PCN", "Pitcairn"),
    Country("PR", "PRI", "Puerto Rico"), Country("PS", "PSE", "Palestine"), Country("PT", "PRT", "Portugal"),
    Country("PW", "PLW", "Palau"), Country("PY", "PRY", "Paraguay"), Country("QA", "QAT", "Qatar"),
    Country("RE", "REU", "Reunion"), Country("RO", "ROU", "Romania"), Country("RS", "SRB", "Serbia"),
    Country("RU", "RUS", "Russia"), Country("RW", "RWA", "Rwanda"), Country("SA", "SAU", "Saudi Arabia"),
    Country("SB", "SLB", "Solomon Islands"), Country("SC", "SYC", "Seychelles"), Country("SD", "SDN", "Sudan"),
    Country("SE", "SWE", "Sweden"), Country("SG", "SGP", "Singapore"), Country("SH", "SHN", "Saint Helena"),
    Country("SI", "SVN", "Slovenia"), Country("SJ", "SJM", "Svalbard and Jan Mayen"),
    Country("SK", "SVK", "Slovakia"), Country("SL", "SLE", "Sierra Leone"), Country("SM", "SMR", "San Marino"),
    Country("SN", "SEN", "Senegal"), Country("SO", "SOM", "Somalia"), Country("SR", "SUR", "Suriname"),
    Country("SS", "SSD", "South Sudan"), Country("ST", "STP", "Sao Tome and Principe"),
    Country("SV", "SLV", "El Salvador"), Country("SX", "SXM", "Sint Maarten"), Country("SY", "SYR", "Syria"),
    Country("SZ", "SWZ", "Eswatini"), Country("TC", "TCA", "Turks and Caicos Islands"), Country("TD", "TCD", "Chad"),
    Country("TF", "ATF", "French Southern Territories"), Country("TG", "TGO", "Togo"),
    Country("TH", "THA", "Thailand"), Country("TJ", "TJK", "Tajikistan"), Country("TK", "TKL", "Tokelau"),
    Country("TL", "TLS", "Timor-Leste"), Country("TM", "TKM", "Turkmenistan"), Country("TN", "TUN", "Tunisia"),
    Country("TO", "TON", "Tonga"), Country("TR", "TUR", "Turkey"), Country("TT", "TTO", "Trinidad and Tobago"),
    Country("TV", "TUV", "Tuvalu"), Country("TW", "TWN", "Taiwan"), Country("TZ", "TZA", "Tanzania"),
    Country("UA", "UKR", "Ukraine"), Country("UG", "UGA", "Uganda"),
    Country("UM", "UMI", "United States Minor Outlying Islands"), Country("US", "USA", "United States"),
    Country("UY", "URY", "Uruguay"), Country("UZ", "UZB", "Uzbekistan"), Country("VA", "VAT", "Vatican City"),
    Country("VC", "VCT", "Saint Vincent and the Grenadines"), Country("VE", "VEN", "Venezuela"),
    Country("VG", "VGB", "British Virgin Islands"), Country("VI", "VIR", "U.S. Virgin Islands"),
    Country("VN", "VNM", "Vietnam"), Country("VU", "VUT", "Vanuatu"), Country("WF", "WLF", "Wallis and Futuna"),
    Country("WS", "WSM", "Samoa"), Country("XK", "XKX", "Kosovo"), Country("YE", "YEM", "Yemen"),
    Country("YT", "MYT", "Mayotte"), Country("ZA", "ZAF", "South Africa"), Country("ZM", "ZMB", "Zambia"),
    Country("ZW", "ZWE", "Zimbabwe"),
];

/// Other names, folded as `countries::fold` folds them, with their alpha-2, separated by blanks.
#[rustfmt::skip]
pub(crate) const ALIASES: &str = "\
americaUS antiguaAG aotearoaNZ aotearoanewzealandNZ arabrepublicegyptEG argentinerepublicAR belgieBE belgiqueBE \
bolivarianrepublicvenezuelaVE boliviaplurinationalstateBO bosniaBA brasilBR britainGB bruneidarussalamBN burmaMM \
caboverdeCV caribbeannetherlandsBQ commonwealthbahamasBS commonwealthdominicaDM \
commonwealthnorthernmarianaislandsMP congobrazzavilleCG congodemocraticrepublicCD congokinshasaCD czechiaCZ \
danmarkDK democraticpeoplesrepublickoreaKP democraticrepublicsaotomeandprincipeST democraticrepublictimorlesteTL \
democraticsocialistrepublicsrilankaLK deutschlandDE drcCD drcongoCD easternrepublicuruguayUY easttimorTL eireIE \
englandGB espanaES falklandislandsmalvinasFK federaldemocraticrepublicethiopiaET federaldemocraticrepublicnepalNP \
federalrepublicgermanyDE federalrepublicnigeriaNG federalrepublicsomaliaSO federatedstatesmicronesiaFM \
federativerepublicbrazilBR frenchrepublicFR gaboneserepublicGA grandduchyluxembourgLU greatbritainGB \
hashemitekingdomjordanJO heardandmcdonaldislandsHM hellenicrepublicGR hollandNL holyseeVA holyseevaticancitystateVA \
hongkongsarHK hongkongsarchinaHK hongkongspecialadministrativeregionchinaHK independentstatepapuanewguineaPG \
independentstatesamoaWS iranislamicrepublicIR islamicrepublicafghanistanAF islamicrepubliciranIR \
islamicrepublicmauritaniaMR islamicrepublicpakistanPK italiaIT italianrepublicIT ivorycoastCI kingdombahrainBH \
kingdombelgiumBE kingdombhutanBT kingdomcambodiaKH kingdomdenmarkDK kingdomeswatiniSZ kingdomlesothoLS \
kingdommoroccoMA kingdomnetherlandsNL kingdomnorwayNO kingdomsaudiarabiaSA kingdomspainES kingdomswedenSE \
kingdomthailandTH kingdomtongaTO koreaKR koreademocraticpeoplesrepublicKP koreanorthKP korearepublicKR koreasouthKR \
ksaSA kyrgyzrepublicKG laopdrLA laopeoplesdemocraticrepublicLA laospdrLA lebaneserepublicLB macaoMO macaosarchinaMO \
macaospecialadministrativeregionchinaMO macedoniaMK mainlandchinaCN micronesiafederatedstatesFM moldovarepublicMD \
myanmarburmaMM nipponJP norgeNO northernirelandGB nzaotearoaNZ osterreichAT palestinestatePS \
palestinianterritoriesPS palestinianterritoryPS peoplesdemocraticrepublicalgeriaDZ peoplesrepublicbangladeshBD \
peoplesrepublicchinaCN pitcairnislandsPN plurinationalstateboliviaBO polskaPL portugueserepublicPT prcCN \
principalityandorraAD principalityliechtensteinLI principalitymonacoMC republicalbaniaAL republicangolaAO \
republicarmeniaAM republicaustriaAT republicazerbaijanAZ republicbelarusBY republicbeninBJ \
republicbosniaandherzegovinaBA republicbotswanaBW republicbulgariaBG republicburundiBI republiccaboverdeCV \
republiccameroonCM republicchadTD republicchileCL republiccolombiaCO republiccongoCG republiccostaricaCR \
republiccotedivoireCI republiccroatiaHR republiccubaCU republiccyprusCY republicdjiboutiDJ republicecuadorEC \
republicelsalvadorSV republicequatorialguineaGQ republicestoniaEE republicfijiFJ republicfinlandFI republicgambiaGM \
republicghanaGH republicguatemalaGT republicguineaGN republicguineabissauGW republicguyanaGY republichaitiHT \
republichondurasHN republicicelandIS republicindiaIN republicindonesiaID republiciraqIQ republicirelandIE \
republickazakhstanKZ republickenyaKE republickiribatiKI republiclatviaLV republicliberiaLR republiclithuaniaLT \
republicmadagascarMG republicmalawiMW republicmaldivesMV republicmaliML republicmaltaMT republicmarshallislandsMH \
republicmauritiusMU republicmoldovaMD republicmozambiqueMZ republicmyanmarMM republicnamibiaNA republicnauruNR \
republicnicaraguaNI republicnigerNE republicnorthmacedoniaMK republicpalauPW republicpanamaPA republicparaguayPY \
republicperuPE republicphilippinesPH republicpolandPL republicsanmarinoSM republicsenegalSN republicserbiaRS \
republicseychellesSC republicsierraleoneSL republicsingaporeSG republicsloveniaSI republicsouthafricaZA \
republicsouthsudanSS republicsudanSD republicsurinameSR republictajikistanTJ republictrinidadandtobagoTT \
republictunisiaTN republicturkiyeTR republicugandaUG republicuzbekistanUZ republicvanuatuVU republicyemenYE \
republiczambiaZM republiczimbabweZW russianfederationRU rwandeserepublicRW sainthelenaascensionandtristandacunhaSH \
saintmartinfrenchpartMF schweizCH scotlandGB sintmaartendutchpartSX slovakrepublicSK socialistrepublicvietnamVN \
stateeritreaER stateisraelIL statekuwaitKW statepalestinePS stateqatarQA stbarthelemyBL sthelenaSH \
stkittsandnevisKN stluciaLC stmartinMF stpierreandmiquelonPM stvincentandgrenadinesVC suisseCH sultanateomanOM \
suomiFI sverigeSE swazilandSZ swissconfederationCH syrianarabrepublicSY taiwanprovincechinaTW taiwanrocTW \
tanzaniaunitedrepublicTZ togoleserepublicTG trinidadTT turkiyeTR uaeAE ukGB unioncomorosKM \
unitedkingdomgreatbritainGB unitedkingdomgreatbritainandnorthernirelandGB unitedmexicanstatesMX \
unitedrepublictanzaniaTZ unitedstatesamericaUS unitedstatesamericausaUS usUS usaUS usoutlyingislandsUM vaticanVA \
venezuelabolivarianrepublicVE virginislandsVI virginislandsbritishVG virginislandsunitedstatesVI virginislandsusVI \
walesGB";
