"""What a column is about, told by its title."""

from __future__ import annotations

import re
import unicodedata

_ALWAYS = {
    "name": """firstname lastname fullname surname givenname familyname middlename
        customername contactname callername patientname employeename displayname
        kontoinhaber kontoinhaberin karteninhaber karteninhaberin zahlungspflichtiger
        rekeninghouder kaarthouder tenaamstelling intestatario intestatariodelconto
        titulairecompte titulaireducompte titularcuenta titulardelacuenta titularconta
        kontohaver kontoinnehavare kontohavare kontoeier accountowner
        begünstigter zahlungsempfänger
        cardholder accountholder vorname nachname kundenname prénom prenom nomdefamille
        nombre apellido apellidos cognome fname lname forename agentname membername
        holder holdername cardholdername ansprechpartner 氏名 姓 名 calleename
        callingname calledname supervisorname operatorname nomcomplet nombrecompleto
        nazwiskoiimię imięinazwisko nachnamevorname vornamenachname nachnameundvorname
        nombreyapellidos apellidosynombre nomeecognome cognomeenome cognomenome
        nometprénom nomprénom prénometnom prénomnom příjmeníajméno jménoapříjmení
        voornaamenachternaam
        vorna nachn namefirst namelast vollername imie imię nazwisko förnamn efternamn
        fornavn etternavn efternavn voornaam achternaam etunimi sukunimi sobrenome
        jméno příjmení
        姓名 名字 客户姓名 客户名称 联系人 お客様名 顧客名 이름 성명 고객명 имя фамилия
        фио отчество клиент
        nume prenume vezetéknév keresztnév teljesnév meno priezvisko ime prezime
        isim soyisim adsoyad soyad soyad\u0131 ad\u0131soyad\u0131
        vardas pavardė vardaspavardė vardasirpavardė uzvārds vārdsuzvārds eesnimi
        perekonnanimi täisnimi családnév utónév numeprenume numecomplet
        numesiprenume priimek imeinpriimek imeiprezime menoapriezvisko kresnojmeno
        celéjméno ονοματεπώνυμο επώνυμο прізвище презиме
        vname nname kname rufname geburtsname anrufername rufnamevorname patname
        patientenname versichertenname mitgliedsname callerfullname customerfullname
        custname custnm clientname subscribername insuredname policyholdername
        payeename payername sendername recipientname beneficiaryname debtorname
        creditorname empname staffname passengername drivername
        studentname memberfullname kundenvorname kundennachname nombrecliente
        nombredelcliente nomclient nomduclient klantnaam naamklant nomecliente
        nomedocliente kundnamn kundenavn asiakkaannimi imięklienta nazwaklienta
        jménozákazníka ügyfélnév ügyfélneve müşteriad\u0131 kundename
        shimei namae seimei kokyakumei tantousha namalengkap
        namapelanggan namanasabah namapasien họtên hovaten họvàtên tenkhachhang
        tênkháchhàng jinakamili jinalamteja polnoeimya familiya
        客服 员工姓名 坐席姓名 联系人姓名 收货人 收件人 开户人 患者姓名 投保人 お名前
        担当者
        担当者名 患者名 契約者名 お名前カナ フリガナ 상담원 상담원명 고객이름 수취인
        예금주
        simei kanjishimei ownername contactperson kontaktperson contactpersoon
        accountholdername voornamen roepnaam meisjesnaam vollständigername
        kontaktname kontaktnaam kontaktnamn nominativo nomeutilizador nomusager
        requester requestor requestedby aanvrager melder demandeur solicitante
        richiedente versicherungsnehmer versicherungsnehmerin verzekeringnemer
        assicurato""",
    "email": """email emailaddress mail mailaddress emails courriel correo emailid 邮箱
        电子邮箱 電子郵件 メール
        メールアドレス 이메일 почта sähköposti epost elpaštas epasts eposta
        correoelectronico
        correoelectrónico emailadres emailadresse mailadresse elektroninispaštas""",
    "phone": """phone phonenumber mobile mobilephone cell cellphone telephone msisdn fax
        homephone workphone phoneno telefon handy telefonnummer téléphone telefono
        ani dnis callingnumber callednumber callerid extension ext tel telno mobil
        phoneno mobileno mobilenumber contactnumber callback caller callee 電話番号
        contactinfo contactphone callerphone customerphone clientphone custphone
        callingparty calledparty callingpartynumber calledpartynumber callingpartyno
        calledpartyno origcalledpartynumber originalcalledpartynumber
        finalcalledpartynumber lastredirectdn origdn destdn thisdn otherdn huntpilotdn
        callernumber callerno callernum calleridnum calleenumber calleeno calleenum
        callingno callingnum calledno callednum fromnumber tonumber fromphone tophone
        dialednumber dialednum dialeddigits diallednumber destinationnumber destnumber
        sourcenumber originatingnumber terminatingnumber anumber bnumber aparty bparty
        apartynumber bpartynumber redirectingnumber connectednumber transfernumber
        forwardnumber callbacknumber directorynumber clid rufnummer rückrufnummer
        mobnr mob festnetz festnetznr telp teld telpriv teldienstl telefonp telefond
        originalcalledpartypattern finalcalledpartypattern lastredirectingpartypattern
        callingpartynumberpattern handynummer handynr mobilnummer telefonnr
        numerodetelephone numerotelephone
        numtel numerotelefono numerodetelefono celular cellulare telefoonnummer
        telefoon nrtelefonu numertelefonu puhelin puhelinnumero agentextension
        agentext phone1 phone2 phone3 tel1 tel2 mobile1 mobile2 telefon1 telefon2 telf1
        telf2 telnr hotline telefonprivat telefonmobil privattelefon rufnr tlf
        customerphonenumber alternatephone altphone
        手机 手机号 手机号码 电话 电话号码 联系电话 座机 手機 電話 電話號碼 携帯
        携帯電話 携帯番号 連絡先 휴대폰
        휴대폰번호 전화 전화번호 연락처 телефон мобильный номертелефона telefonszám
        mobiltelefon
        durchwahl nebenstelle klappe telefone telefonecontato telefonodecontacto
        teléfonodecontacto telefonocontacto telportable téléphoneportable telfixe
        téléphonefixe numéroportable gsmnummer gsmnr matkapuhelin matkapuhelinnumero
        tlfnr tlfnummer mobiltlf mobilnr telefonkomórkowy telkomórkowy contacttel
        telefón ceptelefonu telefonnumro gsm natel telefonas telefononumeris
        mobilustelefonas mobtelefonas telnumeris tālrunis tālruņanumurs
        mobilaistālrunis telefoninumber mobiiltelefon telefonskaštevilka
        brojtelefona brojmobitela mobitel telefonníčíslo
        telefonnečíslo telefónnečíslo telefonszam mobilszám numartelefon nrtelefon
        nrtel teléfono teléfonomóvil telefonemóvel telemóvel telefonecelular
        τηλέφωνο κινητό ceptel telefonnumaras\u0131 denwa denwabango denwabangou
        denwabangō keitai keitaibango renrakusaki telepon notelepon notelp nohp
        nomorhp nomortelepon nomorponsel sốđiệnthoại điệnthoại
        sđt simu nambayasimu""",
    "birth": """dob dateofbirth birthdate birthday birth geburtsdatum geboren birthdt
        datedenaissance fechadenacimiento fechanacimiento geburtstag 生年月日
        born datenaissance fechanac datanascita datadinascita datanascimento
        datadenascimento geboortedatum födelsedatum fødselsdato dataurodzenia
        syntymäaika gebdat gebdatum gbdat gebtag gebd gebdt geburt birthd
        szülidő szuldat
        生日 出生日期 出生年月 誕生日 생년월일 생일 датарождения datumnarození
        datumnarozeni
        születésidátum datumrođenja doğumtarihi syntymäpäivä gimimodata
        dtnasc datanasc dtnascimento dtnascita fecnac fecnacimiento fnac fnacimiento
        ddn datenaiss dtnaissance dtbirth birthdy bday geburtsdat fødtdato födelsedag
        gimimodiena dzimšanasdatums dzimšanasdiena sünniaeg
        sünnikuupäev datumrojstva datumrodjenja datanașterii
        datanaşterii dátumnarodenia születésiidő szülidő ημερομηνίαγέννησης
        датанародження seinengappi tanjobi tanggallahir tgllahir ngàysinh
        ngaythangnamsinh tareheyakuzaliwa""",
    "ssn": """ssn socialsecuritynumber socialsecurity nationalid passport passportnumber
        passportno taxid nino cpf dni pesel aadhaar personnummer driverslicense
        driverlicense licenseno codicefiscale codfisc bsn nif dninie curp steuerid
        steueridnr steuernummer svnr svnummer sozialversicherungsnummer ahvnummer ahvnr
        insee numsecu numerosecu numsecuritesociale ausweisnr ausweisnummer
        reisepassnr reisepassnummer cpr cprnr cprnummer fødselsnummer fodselsnummer
        personnr henkilötunnus henkilotunnus hetu rodnecislo rodnéčíslo cnpj oib jmbg
        egn ppsn cedula cédula documentoidentidad numdocumento nrodocumento
        nationalidnumber nationalinsurancenumber ninumber nhsnumber nhsno
        socialinsurancenumber taxpayerid itin medicareno medicarenumber idcardnumber
        identitynumber burgerservicenummer rijksregisternummer
        身份证 身份证号 身份证号码 证件号 证件号码 身分證 マイナンバー 個人番号
        주민등록번호 주민번호 паспорт инн снилс
        szemelyi személyiszám tckimlikno tckn ssnorid ssnorpassport
        identificationnumber documentno documentnumber nrdowodu dninif nifnie nir hkid
        asmenskodas personaskods emšo emso davčnaštevilka amka αμκα
        αφμ adószám tajszám tcno tckimlik kimlikno codnumericpersonal
        nik noktp nomorktp npwp cccd cmnd socccd socmnd kitambulisho
        ppsnumber ppsno numsecurite securitesociale numeross
        kvnr kvnummer krankenversichertennr krankenversichertennummer versichertennr
        rvnr rvnummer sozvnr sozversnr sozialversnr ahv ahvn13 rijksregisternr
        rodnéčíslorč tajnr
        isikukood personalcode personalid personalidnumber rodcislo""",
    "user": """user usename rolname rolename
        username login loginname userid accountname samaccountname
        logonname benutzer benutzername utilisateur usuario userlogin owner
        createdby updatedby modifiedby changedby uname bname
        callingpartyloginuserid callingpartyunicodeloginuserid loginuserid
        finalcalledpartyloginuserid finalcalledpartyunicodeloginuserid
        usnam ernam aenam xubname userprincipalname upn windowslogin networkid netid
        vartotojas vartotojovardas prisijungimovardas lietotājs
        lietotājvārds kasutajanimi felhasználónév utilizator numeutilizator
        korisničkoime uporabniškoime uživatel
        uživatelskéjméno kullan\u0131c\u0131ad\u0131 użytkownik
        namapengguna tendangnhap tênđăngnhập jinalamtumiaji nomutilisateur
        nomdutilisateur nombredeusuario nomeutente nomedeusuário gebruikersnaam
        logonuser sysuser osuser dbuser appuser nomcompte
        brugernavn brukernavn användarnamn käyttäjätunnus käyttäjänimi""",
    "password": """password passwd pwd passphrase kennwort passwort motdepasse pass
        passwordhash pwdhash pin passwort contraseña slaptažodis parole parool salasana
        jelszó parolă lozinka geslo heslo hasło κωδικόςπρόσβασης şifre пароль parola
        katasandi matkhau mậtkhẩu nenosiri wachtwoord adgangskode passord lösenord senha
        palavrapasse 密码 パスワード 비밀번호""",
    "secret": "secret token apikey accesskey secretkey accesstoken clientsecret",
    "login": "utente loginid logonid acdlogin acdloginid agentlogin logincode",
    "agent": """agentid agent employeeid employeenumber badge badgeid
        agentno operatorid empid employeeno staffid agentnumber agentcode agentdn
        agentplace badgeno badgenumber staffno staffnumber empno personnelnumber
        supervisorid workerid tellerid advisorid placeid operatorlogin
        mitarbeiternummer personalnummer operatorcode operatorno operatornumber
        agentextid agentexternalid
        agentuuid agentguid agentarn agentref agentkey agentuserid agentloginid
        agentlogincode agentpersonid peripheralnumber agentperipheralnumber
        skilltargetid agentskilltargetid logid tsrid csrid repid
        repcode tellerno cashierid clerkid adviserid advisercode advisorcode coachid
        supervisorlogin supervisorno supervisorcode teamleadid teamleaderid
        employeecode employeenum empcode empnum payrollno payrollnumber personnelno
        staffcode handledby answeredby handlingagent answeringagent
        mitarbeiterid mitarbeiternr personalnr agentenid agentennummer
        agentenkennung matricule matricola idagent idagente idoperador idoperatore
        codagente codigoagente codigooperador numagent numeroagent
        medewerkernummer personeelsnummer agt agtid agentnr agentnbr
        bedienernr bedienernummer sachbearbeiternr idasesor idconseiller
        handlerid idoperateur numoperateur matriculeagent answeredagent""",
    "connection": """connid connectionid callid calluuid interactionid conversationid
        ucid calluid uniqueid linkedid callguid callref callreference ixnid
        conversationguid interactionuuid globalcallid globalcallidcallid
        interactionguid contactid origlegcallidentifier destlegidentifier
        destlegcallidentifier calllegid legid callsid conferenceid participantid
        routercallkey icmcallguid recordingid parentcallid sipcallid calllogid
        dialogid chatid callkey gcid gucid voicecallid
        callno callnumber idappel idllamada idchiamata idchamada anrufid gesprächsid
        gespraechsid verbindungsid
        segmentid inum mastercontactid initialcontactid callrecordid telephonysessionid
        calluniqueid pbxcallid switchcallid""",
    "address": """address streetaddress homeaddress street billingaddress
        shippingaddress mailingaddress postaladdress anschrift strasse straße adresse
        addressline addressline1 direccion dirección indirizzo address1 addr 住所
        plzort ortplz plzwohnort plzstadt strnr strhnr strassehnr straßehausnummer
        straßenr hausnr hausnummer strassenr stras pstlz ort01 strassehausnummer
        endereço domicilio eircode adressepostale adresszeile adresszeile1
        straßeundhausnummer strasseundhausnummer straßeundnr adrespocztowy
        adreskorespondencyjny
        wohnort 住址 地址 家庭住址 收货地址 通讯地址 주소 адрес ulica ulice
        adres lieferadresse rechnungsadresse lieferanschrift besuchsadresse wohnadresse
        gatuadress osoite katuosoite cím morada logradouro lakcím gyvenamojivieta
        gyvenamosiosvietosadresas adresas adrese adresė dzīvesvieta
        deklarētāadrese aadress elukoht naslovstalnogaprebivališča
        adresastanovanja prebivalište adresă adresa adresadomiciliu domiciliu bydliště
        bydlisko trvalébydliště trvalýpobyt utcaházszám levelezésicím διεύθυνση
        οδός evadresi ikametgah jusho juusho alamat alamatrumah alamatlengkap diachi
        địachỉ diachinha anwani anuani dirección1 direccion1 адреса
        адреспроживания адресдоставки billingstreet billingcity billingpostalcode
        billingzip mailingstreet mailingcity mailingpostalcode mailingzip
        shippingstreet shippingcity shippingpostalcode shippingzip otherstreet
        homestreet homecity homepostalcode workstreet personmailingstreet
        personmailingcity streetline1 straatnaam straatenhuisnummer woonadres
        postadres bezoekadres factuuradres afleveradres juushochi genjusho""",
    "machine": """devicehostname rechner rechnername
        pcname pcnaam computernaam arbeitsplatzrechner clientpc clientcomputer
        nomordinateur nombreequipo nomecomputer datornamn tietokone workstationname
        sourceworkstation callingworkstation""",
    "host": """clienthostname
        hostname host computername servername machinename computer workstation
        rechost recordinghost recserver recordingserver recordername mediaserver
        agenthost agentworkstation agentpc serverhost sourcehost targethost""",
    "account": """patnr patientennr patientennummer patnummer fallnr fallnummer
        aufnahmenr aufnahmenummer krankenaktennr accountnumber kontonummer iban
        cardnumber creditcard mrn patientid
        accountno acctno accountid customerid customerno customernumber kundennummer
        memberid policynumber policyno policyid membernumber memberno membershipno
        membershipnumber contractno contractnumber contractid subscriberid
        subscriberno subscribernumber clientid clientno clientnumber loyaltyno
        loyaltynumber patientno patientnumber claimno claimnumber customerref
        customeraccount accountref billingaccount accno kundennr vertragsnummer
        mitgliedsnummer imsi imei iccid kundeid kundenid idkunde idclient
        idcliente clienteid codeclient codcliente codigocliente codicecliente numclient
        numeroclient numcliente numerocliente numerodeclient numerodecliente klantnr
        klantnummer klantid kundnummer kundnr kundenummer kundenr asiakasnumero
        nrklienta numerklienta idklienta vertragsnr vertragsid policenr
        versicherungsnummer versicherungsnr versichertennummer polisnummer numpoliza
        numeropoliza numeropolizza numcontrat numerocontrat numerocontrato
        contractnummer numerumowy nrumowy insuredid insuranceno insurancenumber
        policyref contractref debtorid debtorno debitornummer debitorennummer
        premiseid meterno meternumber zählernummer mpan mprn householdid studentid
        matrikelnummer subscriberref accountcode loanno loannumber cardno custno
        custid custnumber acctid acctnumber acctnum medicalrecordnumber
        beneficiaryid claimantid policyholderid directdeposit depositaccount
        bankaccount bankaccountno bankaccountnumber bankaccountnr bankacct bankkonto
        bankkontonr payoutaccount kontonr ktonr kunnr lifnr bankn vkont rekeningnummer
        rekeningnr numerocuenta numerodecuenta numerocompte numerodecompte nrrachunku
        numerrachunku numerkonta tilinumero numerconto numeroconto numeroconta
        creditcardnumber creditcardno ccnumber ccnum cardnum cardpan debitcard
        kdnr kdnummer kdid
        clientref clientcode clientaccount customercode custcode custref acctref
        idcontrato idcontrat idcontratto codigoabonado numeroabonado idabonado
        numeroabonne numabonne codclient codigoclient codecustomer kundenkonto
        partnernr partnernummer geschaeftspartner businesspartner gpnr debnr
        customerkey clientkey kokyakuno kokyakubango kokyakubangou kouzabango norekening
        nomorrekening sotaikhoan makhachhang klientonumeris klientoid sąskaitosnumeris
        klientanumurs klientakods kontanumurs číslozákazníka číslosmlouvy čísloúčtu
        ügyfélszám ügyfélazonosító számlaszám bankszámlaszám numărclient codclient
        numărcont idclient müşterino müşterinumaras\u0131 hesapno sözleşmeno brojračuna
        brojkupca številkastranke kliendinumber лицевойсчет номерсчета номердоговора
        αριθμόςπελάτη""",
}
_IN_COMPANY = {
    "name": """anrufer anruferin dzwoniący volající hívó beller appelant chiamante
        llamante arayan soittaja name customer contact caller patient person nom
        kunde member employee
        driver fahrer chauffeur conducteur conductor passenger guest visitor student
        teacher requester reporter assignee manager supervisor beneficiary recipient
        sender applicant claimant insured subscriber operator technician doctor
        physician nurse tenant debtor creditor payee payer mitarbeiter patientin
        kundin klant klient cliente titulaire titular naam navn namn nome name1 name2
        spouse guardian emergencycontact nextofkin author engineer nama jina име όνομα
        név nev
        given family first last
        vārds nimi klientas kliendinimi müşteri musteri pelanggan
        khachhang nasabah pasien darbuotojas pacientas pacient ügyfél asiakas""",
    "address": """city zip zipcode postcode postalcode plz ort ville town ciudad postnr
        postnummer by stad poststed postort cap cidade localidade miasto mesto psc
        kaupunki postinumero naslov woonplaats gemeente commune comune citta miestas
        paštokodas pilsēta pastaindekss linn postiindeks irányítószám
        település város oraș localitate județ
        codepostal codigopostal códigopostal kodpocztowy localidad municipio
        codpoștal grad poštanskibroj mjesto poštnaštevilka
        obec poštovnísměrovacíčíslo πόλη τκ şehir ilçe
        postakodu kota kodepos kelurahan kecamatan thanhpho mji todofuken
        yubinbango kommune ciudadresidencia провинция город индекс місто град""",
    "birth": "geb gd nasc naiss nac szül szul ur nar född født",
    "account": """pid pol policy police poliza polizza contract vertrag contrat contrato
        account acct accnt konto compte cuenta dossier rekening conto conta""",
    "phone": "calling called",
    "machine": """asset assetname assettag device endgerät arbeitsplatz werkplek poste
        equipo postazione""",
    "connection": "masterid mastercontact parentid parentcontactid relatedid",
}
# What a title of several words ends with, whatever comes before.
_ENDS = """email phone mobile cell fax msisdn telephone birth dob birthdate birthday ssn
    passport username login password passwd pwd passphrase hostname street address
    surname firstname lastname fullname dateofbirth phonenumber iban apikey
    passwordhash postcode zip zipcode city agentid agentlogin agentcode employeeid
    employeenumber operatorid operatorcode supervisorid badgenumber customerid
    customerno customernumber accountnumber accountno policynumber policyno memberid
    patientid subscriberid contractnumber callid connid interactionid conversationid
    ucid partynumber callednumber callingnumber dialednumber kundennummer"""
# Whose number a title names, in whatever order: N° client, Nr polisy, Klant nr.
_NUMBERS = """n nº no nr num núm number numero número numéro numer nummer číslo cislo id
    ref code código codigo codice kod"""
_HELD = """client cliente cliënt klant kunde kunden kund klient klienta zákazníka
    polisy polisa polis police policy póliza poliza polizza apólice apolice pojistky
    contrat contrato contratto contract vertrag vertrags umowy smlouvy zmluvy
    compte cuenta conto conta konto konta účtu rachunku rekening account acct
    abonné abonne abonnement abonado assuré assure asegurado assicurato adhérent
    adherent sociétaire socio lid lidmaatschap member membre miembro mitglied mitglieds
    patient paciente paziente patiënt pacjenta pacienta dossier expediente siniestro
    sinistre sinistro schaden claim carte tarjeta carta karty kaart card karten
    customer subscriber insured policyholder loan versicherungs versicherten medlems
    debiteur debitor relatie kontrakt avtale forsikring försäkring meter"""
_SMALL = "de du d del della di do da der des of la le l el"
_ADDRESSES = """ip ipv4 ipv6 mac web url memory mem remote bind local foreign peer
    source src destination dst dest physical hardware hw link network listen listening
    server client node host hop gateway virtual base start end socket device bus nat
    email mail wallet load register internet"""
_NOT_POSTAL = frozenset(_ADDRESSES.split())
_ROWS_OF_PEOPLE = frozenset(("name", "email", "phone", "birth", "ssn", "address"))
# Whose cards they are is beside them: a postal code, a name.
_CARDS = frozenset(
    (
        *("pan", "cc", "ccnum", "ccno", "ccnumber", "card", "cardno", "cardnum"),
        *("cardnumber", "cardpan", "creditcard", "creditcardno", "creditcardnumber"),
        *("debitcard", "kartennummer", "kreditkarte", "kaartnummer", "numtarjeta"),
        *("numerotarjeta", "tarjeta", "cartebancaire", "numcarte", "numerocarte"),
    )
)
# Where somebody is: columns that mean it only together.
_LATITUDES = frozenset(
    ("lat", "latitude", "breitengrad", "breite", "latitud", "latitudine")
)
_LONGITUDES = frozenset(
    (
        "lon",
        "lng",
        "long",
        "longitude",
        "längengrad",
        "länge",
        "longitud",
        "longitudine",
    )
)
_PLACES = _LATITUDES | _LONGITUDES
_PLAIN = str.maketrans("łđ\u0131ø", "ldio")
_MARKS = re.compile("[\u0300-\u036f]")
_SERVICES = [["status"], ["name"], ["display", "name"]]  # as Windows lists them
_RESOURCE = ["resource", "name"]  # who had an interaction, in Genesys' tables
_SHORT = 4  # so short a word may be another without its accents: cím


def _without_accents(word: str) -> str:
    """Write a word in Latin letters as those do who have none of its accents."""
    if len(word) < _SHORT or max(word) > "\u1eff":
        return word
    return _MARKS.sub("", unicodedata.normalize("NFD", word)).translate(_PLAIN)


def _by_title(table: dict[str, str]) -> dict[str, str]:
    plain = {
        _without_accents(word): kind
        for kind, text in table.items()
        for word in text.split()
    }
    return plain | {word: kind for kind, text in table.items() for word in text.split()}


_KINDS = _by_title(_ALWAYS)
_COMPANIONS = _by_title(_IN_COMPANY)
_ENDINGS = {word: _KINDS.get(word, "address") for word in _ENDS.split()}
_NUMBER = frozenset(_NUMBERS.split())
_HOLDERS = frozenset((*_HELD.split(), *map(_without_accents, _HELD.split())))
_OF = frozenset(_SMALL.split())
_TITLE = re.compile(rb"(?:[^\W\d]|[\x80-\xff])[\w .\-/#()%\x80-\xff]{0,40}")
_WORDS = re.compile(r"[^\W\d_]?[^\WA-Z_]+|[A-Z\d]+(?![a-z])")


def kinds(titles: list[bytes]) -> dict[int, str]:
    """Say what the personal columns among these hold; {} where one is no title."""
    if not all(_TITLE.fullmatch(title) or not title for title in titles):
        return {}
    words = [_words(title) for title in titles]
    found = {n: kind for n, each in enumerate(words) if (kind := _kind(each))}
    ends = [each[-1] if each else "" for each in words]
    if words == _SERVICES:
        return {}
    if not (_LATITUDES.isdisjoint(ends) or _LONGITUDES.isdisjoint(ends)):
        found |= {n: "gps" for n, end in enumerate(ends) if end in _PLACES}
    if "connection" in found.values():
        found |= {n: "agent" for n, each in enumerate(words) if each == _RESOURCE}
    whole = {"".join(each) for each in words}
    if not (_ROWS_OF_PEOPLE.isdisjoint(found.values()) and _CARDS.isdisjoint(whole)):
        found |= {
            n: _COMPANIONS[name]
            for n, each in enumerate(words)
            if (name := "".join(each)) in _COMPANIONS and n not in found
        }
    return found


def _words(title: bytes) -> list[str]:
    text = title.decode("utf-8", "replace")
    return [word.casefold() for word in _WORDS.findall(text)]


def _kind(words: list[str]) -> str:
    whole = "".join(words)
    if whole in _KINDS:
        return _KINDS[whole]
    for count in (3, 2, 1):
        ending = "".join(words[-count:])
        if count < len(words) and ending in _ENDINGS:
            kind = _ENDINGS[ending]
            wrong = kind == "address" and not _NOT_POSTAL.isdisjoint(words)
            return "" if wrong or "count" in words else kind
    named = [word for word in words if word not in _OF]
    if len(named) == 2 and not _NUMBER.isdisjoint(named):  # noqa: PLR2004 - whose, and that
        return "account" if not _HOLDERS.isdisjoint(named) else ""
    return ""
